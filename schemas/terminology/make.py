"""Makes the tables of this folder from the published ones (README.md says which), then: zstd --ultra -22 *.tsv

    make.py GEM.csv TABULAR.xml ORDER.txt CODES.txt
        GEM.csv      icd9cm, icd10cm, flags: the 2018 General Equivalence Mappings, diagnoses, from ICD-9-CM
        TABULAR.xml  ICD-10-CM tabular list, the newer edition
        ORDER.txt    every code of that edition, a line each, those below a code right behind it
        CODES.txt    the codes of an older edition, each with its title from column 9
"""
import csv
import re
import sys
import xml.etree.ElementTree as tree

gem, tabular, order, older = sys.argv[1:]

titles = {}
for line in open(older, encoding="utf-8"):
    titles[line[:8].strip()] = line[8:].strip()
retired = set(titles)
for node in tree.parse(tabular).iter("diag"):
    titles.setdefault(node.findtext("name").replace(".", ""), node.findtext("desc"))

listed = [line.strip() for line in open(order, encoding="utf-8")]
states = {}
for code, below in zip(listed, listed[1:] + [""]):
    if re.fullmatch(r"[A-Z][0-9][0-9A-Z]{1,5}", code):
        # A heading has codes below it and is not billed itself.
        states[code] = "h" if below.startswith(code) and below != code else ""
for code in retired - set(states):
    states[code] = "r"

with open("icd-10-cm.tsv", "w", encoding="utf-8", newline="\n") as out:
    for code in sorted(states):
        out.write(f"{code}\t{states[code]}\t{titles.get(code, '')}\n")

with open(gem, encoding="utf-8", newline="") as rows, open("gem.tsv", "w", encoding="utf-8", newline="\n") as out:
    found = sorted((row["icd9cm"], row["icd10cm"], row["flags"]) for row in csv.DictReader(rows))
    for source, target, flags in found:
        out.write(f"{source}\t{'' if target == 'NoDx' else target}\t{flags}\n")
