#!/usr/bin/env python3
"""Invent people with households, twins, Jr/Sr, family numbers and default dates, and register some of them twice.

    people.py ROWS SEED OUT

Writes OUT.csv (without social security numbers), OUT_ssn.csv (with them) and OUT_truth.csv (with `true_id`). Names are drawn by
their frequency in the United States Census of 1990 (PyPI package `names`). 12 of 100 rows are further registrations, most of them spoilt.
"""
import bisect
import csv
import datetime
import os
import random
import sys

import names

NICKNAMES = {
    "Robert": ["Bob", "Rob"], "William": ["Bill", "Will"], "Elizabeth": ["Liz", "Beth", "Betty"], "James": ["Jim", "Jimmy"],
    "Michael": ["Mike"], "Richard": ["Rick", "Dick"], "Margaret": ["Peggy", "Maggie"], "Katherine": ["Kathy", "Kate"],
    "Thomas": ["Tom"], "Joseph": ["Joe"], "Charles": ["Chuck"], "Daniel": ["Dan"], "Jennifer": ["Jen"],
    "Patricia": ["Pat", "Trish"], "Susan": ["Sue"], "Christopher": ["Chris"], "Matthew": ["Matt"], "Anthony": ["Tony"],
    "Steven": ["Steve"], "Edward": ["Ed"], "Deborah": ["Debbie"], "Rebecca": ["Becky"],
}
COLUMNS = ["given_name", "middle_name", "family_name", "suffix", "maiden_name", "sex", "date_of_birth", "phone", "email",
           "address_1", "city", "state", "zip"]


class Town:
    def __init__(self, rows, seed):
        self.rows = rows
        self.random = random.Random(seed)
        self.tables = {kind: self.table(kind) for kind in ("first:male", "first:female", "last")}
        self.streets = [f"{self.name('last')} {self.random.choice(['St', 'Ave', 'Rd', 'Dr', 'Ln', 'Ct'])}"
                        for _ in range(max(60, rows // 150))]
        self.cities = [(self.name("last") + self.random.choice(["ville", "ton", " City", ""]), f"{self.random.randint(10000, 99899)}")
                       for _ in range(max(5, rows // 2500))]
        self.people, self.given_at = [], set()

    @staticmethod
    def table(kind):
        found, sums = [], []
        with open(names.FILES[kind], encoding="ascii") as file:
            for line in file:
                name, _, cumulative, _ = line.split()
                found.append(name.title())
                sums.append(float(cumulative))
        return found, sums

    def name(self, kind):
        found, sums = self.tables[kind]
        return found[min(len(found) - 1, bisect.bisect_left(sums, self.random.random() * sums[-1]))]

    def given(self, sex):
        return self.name("first:male" if sex == "M" else "first:female")

    def chance(self, share):
        return self.random.random() < share

    def date(self, first, last):
        return datetime.date(first, 1, 1) + datetime.timedelta(self.random.randint(0, (last - first + 1) * 365))

    def phone(self):
        return f"({self.random.randint(201, 989)}) {self.random.randint(200, 989)}-{self.random.randint(0, 9999):04d}"

    def ssn(self):
        return f"{self.random.randint(1, 899):03d}-{self.random.randint(1, 99):02d}-{self.random.randint(1, 9999):04d}"

    def home(self):
        city, code = self.random.choice(self.cities)
        unit = f" Apt {self.random.randint(1, 40)}" if self.chance(0.15) else ""
        return {"address_1": f"{self.random.randint(1, 1999)} {self.random.choice(self.streets)}{unit}", "city": city, "state": "KY", "zip": code}

    def person(self, sex, born, family, home, phone, adult=True):
        given = self.given(sex)
        while (given, home["address_1"], home["city"]) in self.given_at:
            given = self.given(sex)
        self.given_at.add((given, home["address_1"], home["city"]))
        person = {"true_id": len(self.people), "given_name": given, "middle_name": self.given(sex) if self.chance(0.5) else "",
                  "family_name": family, "suffix": "", "maiden_name": "", "sex": sex, "born": born,
                  "ssn": self.ssn() if self.chance(0.7) else "", "phone": phone if self.chance(0.85) else self.phone(),
                  "email": f"{given}.{family}{self.random.randint(1, 99)}@mail.test".lower() if adult and self.chance(0.4) else "", **home}
        self.people.append(person)
        return person

    def household(self):
        family, home, phone, kind = self.name("last"), self.home(), self.phone(), self.random.random()
        if kind < 0.35:
            self.person(self.random.choice("MF"), self.date(1930, 2004), family, home, phone)
            return
        year = self.random.randint(1940, 1992)
        father = self.person("M", self.date(year, year + 3), family, home, phone)
        mother = self.person("F", self.date(year, year + 4), family, home, phone)
        if self.chance(0.25):
            mother["family_name"] = self.name("last")
        if kind < 0.5:
            return
        first = year + self.random.randint(20, 33)
        for at in range(self.random.randint(1, 4)):
            sex = self.random.choice("MF")
            child = self.person(sex, self.date(min(first + 2 * at, 2022), min(first + 2 * at + 1, 2023)), family, home, phone, False)
            if father["ssn"] and self.chance(0.15):
                child["ssn"] = father["ssn"]
            if self.chance(0.05):
                self.person(self.random.choice([sex, sex, "M", "F"]), child["born"], family, home, phone, False)
        if self.chance(0.12):
            son = self.person("M", self.date(min(year + 22, 2020), min(year + 30, 2022)), family, home, phone)
            son.update(given_name=father["given_name"], middle_name=father["middle_name"], suffix="Jr")
            father["suffix"] = self.random.choice(["", "Sr"])

    def slip(self, text):
        if len(text) < 3:
            return text
        at, kind, letter = self.random.randint(0, len(text) - 2), self.random.random(), self.random.choice("abcdefghijklmnopqrstuvwxyz")
        if kind < 0.3:
            return text[:at] + text[at + 1] + text[at] + text[at + 2:]
        if kind < 0.55:
            return text[:at] + text[at + 1:]
        return text[:at + 1] + letter + text[at + (2 if kind < 0.8 else 1):]

    def digit_slip(self, text):
        at = self.random.choice([at for at, c in enumerate(text) if c.isdigit()])
        if self.chance(0.4) and text[at + 1:at + 2].isdigit():
            return text[:at] + text[at + 1] + text[at] + text[at + 2:]
        return text[:at] + str(self.random.randint(0, 9)) + text[at + 1:]

    def again(self, original):
        p, born = dict(original), original["born"]
        p["date_of_birth"] = born.isoformat()
        if self.chance(0.12):
            p["given_name"] = self.slip(p["given_name"])
        if self.chance(0.10):
            p["family_name"] = self.slip(p["family_name"])
        if p["given_name"] in NICKNAMES and self.chance(0.3):
            p["given_name"] = self.random.choice(NICKNAMES[p["given_name"]])
        if p["sex"] == "F" and born.year < 2004 and self.chance(0.12):
            p["maiden_name"] = p["family_name"] if self.chance(0.4) else ""
            p["family_name"] = self.name("last") if self.chance(0.7) else f"{p['family_name']}-{self.name('last')}"
        if self.chance(0.03):
            p["given_name"], p["family_name"] = p["family_name"], p["given_name"]
        if p["middle_name"] and self.chance(0.03):
            p["given_name"], p["middle_name"] = p["middle_name"], p["given_name"]
        if self.chance(0.5):
            p["middle_name"] = p["middle_name"][:1]
        kind = self.random.random()
        if kind < 0.06:
            p["date_of_birth"] = self.digit_slip(p["date_of_birth"])
        elif kind < 0.08 and born.day <= 12:
            p["date_of_birth"] = born.strftime("%Y-%d-%m")
        elif kind < 0.10:
            p["date_of_birth"] = born.strftime("%Y-01-01")
        elif kind < 0.15:
            p["date_of_birth"] = self.random.choice(["1900-01-01", "", ""])
        if self.chance(0.2):
            p.update(self.home())
        elif self.chance(0.15):
            p["address_1"] = self.slip(p["address_1"])
        if self.chance(0.4):
            p["phone"] = self.phone() if self.chance(0.7) else ""
        if self.chance(0.5):
            p["email"] = ""
        if self.chance(0.35):
            p["ssn"] = ""
        elif p["ssn"] and self.chance(0.07):
            p["ssn"] = self.digit_slip(p["ssn"]) if self.chance(0.7) else "999-99-9999"
        if self.chance(0.4):
            p["suffix"] = ""
        if self.chance(0.01):
            p["sex"] = "F" if p["sex"] == "M" else "M"
        return p

    def registrations(self):
        while len(self.people) < self.rows * 0.88:
            self.household()
        rows = [dict(p, date_of_birth=p["born"].isoformat() if not self.chance(0.005) else self.random.choice(["1900-01-01", ""]))
                for p in self.people]
        while len(rows) < self.rows:
            original = self.random.choice(self.people)
            rows.append(self.again(original))
            if len(rows) < self.rows and self.chance(0.2):
                rows.append(self.again(original))
        self.random.shuffle(rows)
        return rows


def write(path, columns, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([row[column] for column in columns] for row in rows)


def make(rows, seed, out):
    registrations = Town(rows, seed).registrations()
    write(f"{out}.csv", COLUMNS, registrations)
    write(f"{out}_ssn.csv", COLUMNS + ["ssn"], registrations)
    write(f"{out}_truth.csv", COLUMNS + ["ssn", "true_id"], registrations)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    make(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
