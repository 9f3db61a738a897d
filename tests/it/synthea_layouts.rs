//! Every column layout in which Synthea has written its CSV export between the oldest and the newest, which have fixtures of
//! their own: the connector is found, every file is read, one row of each is charted or archived, and nothing is amiss.
//!
//! A layout is what changed against the one before it: file and header.

use std::collections::BTreeMap;

use chartlift::model::PartialDate;
use chartlift::pipeline::{MigrateOptions, NoListener, PlanOptions, SourceOptions, migrate};

use crate::support::Folder;

type Layout = (&'static str, &'static [(&'static str, &'static str)]);

const LAYOUTS: &[Layout] = &[
    (
        "November 2017",
        &[
            (
                "patients",
                "ID,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,LAST,SUFFIX,MAIDEN,MARITAL,RACE,ETHNICITY,GENDER,BIRTHPLACE,ADDRESS",
            ),
            ("encounters", "ID,DATE,PATIENT,CODE,DESCRIPTION,REASONCODE,REASONDESCRIPTION"),
            ("allergies", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION"),
            ("medications", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION,REASONCODE,REASONDESCRIPTION"),
            ("conditions", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION"),
            ("careplans", "ID,START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION,REASONCODE,REASONDESCRIPTION"),
            ("observations", "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,VALUE,UNITS"),
            ("procedures", "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,REASONCODE,REASONDESCRIPTION"),
            ("immunizations", "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION"),
        ],
    ),
    (
        "March 2018: costs, types of observations, imaging",
        &[
            ("encounters", "ID,DATE,PATIENT,CODE,DESCRIPTION,COST,REASONCODE,REASONDESCRIPTION"),
            ("medications", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION,COST,REASONCODE,REASONDESCRIPTION"),
            ("observations", "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,VALUE,UNITS,TYPE"),
            ("procedures", "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,COST,REASONCODE,REASONDESCRIPTION"),
            ("immunizations", "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,COST"),
            (
                "imaging_studies",
                "ID,DATE,PATIENT,ENCOUNTER,BODYSITE_CODE,BODYSITE_DESCRIPTION,MODALITY_CODE,MODALITY_DESCRIPTION,SOP_CODE,SOP_DESCRIPTION",
            ),
        ],
    ),
    (
        "May 2018: addresses in parts, encounters with start and stop",
        &[
            (
                "patients",
                "ID,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,LAST,SUFFIX,MAIDEN,MARITAL,RACE,ETHNICITY,GENDER,BIRTHPLACE,ADDRESS,CITY,STATE,ZIP",
            ),
            ("encounters", "ID,START,STOP,PATIENT,CODE,DESCRIPTION,COST,REASONCODE,REASONDESCRIPTION"),
        ],
    ),
    (
        "end of 2018: classes of encounters, dispenses, providers",
        &[
            (
                "encounters",
                "ID,START,STOP,PATIENT,PROVIDER,ENCOUNTERCLASS,CODE,DESCRIPTION,COST,REASONCODE,REASONDESCRIPTION",
            ),
            (
                "medications",
                "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION,COST,DISPENSES,TOTALCOST,REASONCODE,REASONDESCRIPTION",
            ),
            ("organizations", "ID,NAME,ADDRESS,CITY,STATE,ZIP,PHONE,UTILIZATION"),
            ("providers", "ID,ORGANIZATION,NAME,GENDER,SPECIALITY,ADDRESS,CITY,STATE,ZIP,UTILIZATION"),
        ],
    ),
    (
        "February 2019: Id",
        &[
            (
                "patients",
                "Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,LAST,SUFFIX,MAIDEN,MARITAL,RACE,ETHNICITY,GENDER,BIRTHPLACE,ADDRESS,CITY,STATE,ZIP",
            ),
            (
                "encounters",
                "Id,START,STOP,PATIENT,PROVIDER,ENCOUNTERCLASS,CODE,DESCRIPTION,COST,REASONCODE,REASONDESCRIPTION",
            ),
            ("careplans", "Id,START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION,REASONCODE,REASONDESCRIPTION"),
            (
                "imaging_studies",
                "Id,DATE,PATIENT,ENCOUNTER,BODYSITE_CODE,BODYSITE_DESCRIPTION,MODALITY_CODE,MODALITY_DESCRIPTION,SOP_CODE,SOP_DESCRIPTION",
            ),
            ("organizations", "Id,NAME,ADDRESS,CITY,STATE,ZIP,PHONE,UTILIZATION"),
            ("providers", "Id,ORGANIZATION,NAME,GENDER,SPECIALITY,ADDRESS,CITY,STATE,ZIP,UTILIZATION"),
        ],
    ),
    (
        "2019, version 2.5: payers",
        &[
            (
                "patients",
                "Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,LAST,SUFFIX,MAIDEN,MARITAL,RACE,ETHNICITY,GENDER,BIRTHPLACE,ADDRESS,CITY,STATE,COUNTY,ZIP,LAT,LON,HEALTHCARE_EXPENSES,HEALTHCARE_COVERAGE",
            ),
            (
                "encounters",
                "Id,START,STOP,PATIENT,PROVIDER,PAYER,ENCOUNTERCLASS,CODE,DESCRIPTION,BASE_ENCOUNTER_COST,TOTAL_CLAIM_COST,PAYER_COVERAGE,REASONCODE,REASONDESCRIPTION",
            ),
            (
                "medications",
                "START,STOP,PATIENT,PAYER,ENCOUNTER,CODE,DESCRIPTION,BASE_COST,PAYER_COVERAGE,DISPENSES,TOTALCOST,REASONCODE,REASONDESCRIPTION",
            ),
            ("procedures", "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,BASE_COST,REASONCODE,REASONDESCRIPTION"),
            ("immunizations", "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,BASE_COST"),
            ("organizations", "Id,NAME,ADDRESS,CITY,STATE,ZIP,LAT,LON,PHONE,REVENUE,UTILIZATION"),
            ("providers", "Id,ORGANIZATION,NAME,GENDER,SPECIALITY,ADDRESS,CITY,STATE,ZIP,LAT,LON,UTILIZATION"),
            (
                "payers",
                "Id,NAME,ADDRESS,CITY,STATE_HEADQUARTERED,ZIP,PHONE,AMOUNT_COVERED,AMOUNT_UNCOVERED,REVENUE,COVERED_ENCOUNTERS,UNCOVERED_ENCOUNTERS,COVERED_MEDICATIONS,UNCOVERED_MEDICATIONS,COVERED_PROCEDURES,UNCOVERED_PROCEDURES,COVERED_IMMUNIZATIONS,UNCOVERED_IMMUNIZATIONS,UNIQUE_CUSTOMERS,QOLS_AVG,MEMBER_MONTHS",
            ),
            ("payer_transitions", "PATIENT,START_YEAR,END_YEAR,PAYER,OWNERSHIP"),
        ],
    ),
    (
        "2020, version 2.6: organizations of encounters, devices, supplies",
        &[
            (
                "encounters",
                "Id,START,STOP,PATIENT,ORGANIZATION,PROVIDER,PAYER,ENCOUNTERCLASS,CODE,DESCRIPTION,BASE_ENCOUNTER_COST,TOTAL_CLAIM_COST,PAYER_COVERAGE,REASONCODE,REASONDESCRIPTION",
            ),
            ("devices", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION,UDI"),
            ("supplies", "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,QUANTITY"),
        ],
    ),
    (
        "2021: a row per image, procedures with start and stop, categories",
        &[
            ("observations", "DATE,PATIENT,ENCOUNTER,CATEGORY,CODE,DESCRIPTION,VALUE,UNITS,TYPE"),
            ("procedures", "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION,BASE_COST,REASONCODE,REASONDESCRIPTION"),
            (
                "imaging_studies",
                "Id,DATE,PATIENT,ENCOUNTER,SERIES_UID,BODYSITE_CODE,BODYSITE_DESCRIPTION,MODALITY_CODE,MODALITY_DESCRIPTION,INSTANCE_UID,SOP_CODE,SOP_DESCRIPTION,PROCEDURE_CODE",
            ),
        ],
    ),
    (
        "end of 2021: allergies with reactions, claims",
        &[
            (
                "allergies",
                "START,STOP,PATIENT,ENCOUNTER,CODE,SYSTEM,DESCRIPTION,TYPE,CATEGORY,REACTION1,DESCRIPTION1,SEVERITY1,REACTION2,DESCRIPTION2,SEVERITY2",
            ),
            ("payer_transitions", "PATIENT,MEMBERID,START_YEAR,END_YEAR,PAYER,SECONDARY_PAYER,OWNERSHIP,OWNERNAME"),
            ("claims", "Id,PATIENTID,PROVIDERID,APPOINTMENTID,CURRENTILLNESSDATE,SERVICEDATE,STATUS1,OUTSTANDING1"),
            ("claims_transactions", "ID,CLAIMID,CHARGEID,PATIENTID,TYPE,AMOUNT,METHOD,FROMDATE,TODATE"),
        ],
    ),
    (
        "version 3: code systems, income, plans",
        &[
            (
                "patients",
                "Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,MIDDLE,LAST,SUFFIX,MAIDEN,MARITAL,RACE,ETHNICITY,GENDER,BIRTHPLACE,ADDRESS,CITY,STATE,COUNTY,FIPS,ZIP,LAT,LON,HEALTHCARE_EXPENSES,HEALTHCARE_COVERAGE,INCOME",
            ),
            ("conditions", "START,STOP,PATIENT,ENCOUNTER,SYSTEM,CODE,DESCRIPTION"),
            (
                "procedures",
                "START,STOP,PATIENT,ENCOUNTER,SYSTEM,CODE,DESCRIPTION,BASE_COST,REASONCODE,REASONDESCRIPTION",
            ),
            (
                "providers",
                "Id,ORGANIZATION,NAME,GENDER,SPECIALITY,ADDRESS,CITY,STATE,ZIP,LAT,LON,ENCOUNTERS,PROCEDURES",
            ),
            (
                "payers",
                "Id,NAME,OWNERSHIP,ADDRESS,CITY,STATE_HEADQUARTERED,ZIP,PHONE,AMOUNT_COVERED,AMOUNT_UNCOVERED,REVENUE,COVERED_ENCOUNTERS,UNCOVERED_ENCOUNTERS,COVERED_MEDICATIONS,UNCOVERED_MEDICATIONS,COVERED_PROCEDURES,UNCOVERED_PROCEDURES,COVERED_IMMUNIZATIONS,UNCOVERED_IMMUNIZATIONS,UNIQUE_CUSTOMERS,QOLS_AVG,MEMBER_MONTHS",
            ),
            (
                "payer_transitions",
                "PATIENT,MEMBERID,START_DATE,END_DATE,PAYER,SECONDARY_PAYER,PLAN_OWNERSHIP,OWNER_NAME",
            ),
        ],
    ),
];

/// A likely cell for a column of a file, in the manner of its time: days without a clock until 2020.
fn cell(file: &str, column: &str, with_clock: bool) -> &'static str {
    let start = if with_clock { "2019-03-04T10:00:00Z" } else { "2019-03-04" };
    let stop = if with_clock { "2019-03-04T10:30:00Z" } else { "2019-03-04" };
    match (file, column.to_uppercase().as_str()) {
        ("patients", "ID") | (_, "PATIENT" | "PATIENTID") => "p1",
        ("encounters", "ID") | (_, "ENCOUNTER") => "e1",
        ("organizations", "ID") | (_, "ORGANIZATION") => "o1",
        ("providers", "ID") | (_, "PROVIDER" | "PROVIDERID") => "d1",
        ("payers", "ID") | (_, "PAYER") => "y1",
        (_, "ID") => "x1",
        ("payer_transitions", "START_YEAR" | "END_YEAR") => "2019",
        ("patients", "BIRTHDATE") => "1980-02-03",
        ("conditions" | "allergies", "STOP") => "",
        (_, "DATE" | "START" | "START_DATE" | "FROMDATE" | "SERVICEDATE") => start,
        (_, "STOP" | "END_DATE" | "TODATE") => stop,
        ("allergies", "CODE") => "419474003",
        ("allergies", "SYSTEM") => "Unknown",
        ("allergies", "TYPE") => "allergy",
        ("allergies", "CATEGORY") => "environment",
        ("allergies", "REACTION1" | "REACTION2") => "247472004",
        ("allergies", "SEVERITY1" | "SEVERITY2") => "MILD",
        ("medications", "CODE") => "313782",
        ("immunizations", "CODE") => "140",
        ("observations", "CODE") => "8867-4",
        ("observations", "VALUE") => "72.0",
        ("observations", "UNITS") => "/min",
        ("observations", "TYPE") => "numeric",
        ("observations", "CATEGORY") => "vital-signs",
        (_, "SYSTEM") => "SNOMED-CT",
        (_, "CODE" | "REASONCODE" | "BODYSITE_CODE" | "PROCEDURE_CODE") => "10509002",
        (_, "MODALITY_CODE") => "DX",
        (_, "SOP_CODE") => "1.2.840.10008.5.1.4.1.1.1.1",
        (_, "SERIES_UID" | "INSTANCE_UID") => "1.2.840.99999999.1",
        (_, "ENCOUNTERCLASS") => "ambulatory",
        (_, "GENDER") => "F",
        (_, "MARITAL") => "M",
        (_, "SSN") => "999-12-3456",
        (_, "ZIP") => "02139",
        (_, "PHONE") => "617-555-0147",
        (_, "OWNERSHIP" | "PLAN_OWNERSHIP") if file == "payer_transitions" => "Self",
        (_, "DISPENSES" | "UTILIZATION" | "ENCOUNTERS" | "PROCEDURES" | "QUANTITY") => "1",
        (_, "DEATHDATE" | "SUFFIX" | "MAIDEN" | "SECONDARY_PAYER") => "",
        (_, "LAT" | "LON" | "COST" | "BASE_COST" | "TOTALCOST" | "PAYER_COVERAGE") => "1.5",
        _ => "Words9",
    }
}

#[test]
fn every_layout_is_read_and_nothing_is_amiss() {
    let mut files: BTreeMap<&str, &str> = BTreeMap::new();
    for (number, (name, changes)) in LAYOUTS.iter().enumerate() {
        files.extend(changes.iter().copied());
        let with_clock = number >= 6;
        let folder = Folder::new();
        for (file, header) in &files {
            let row: Vec<&str> = header.split(',').map(|column| cell(file, column, with_clock)).collect();
            folder.write(&format!("export/{file}.csv"), format!("{header}\n{}\n", row.join(",")));
        }
        let options = MigrateOptions {
            sources: vec![SourceOptions {
                place: chartlift::extract::SourcePlace::Path(folder.path().join("export")),
                plan: PlanOptions::default(),
            }],
            store: folder.place("ehr.db"),
            dry_run: false,
            as_of: PartialDate::ymd(2026, 6, 1).expect("a day"),
            now: &|| "2026-06-01T00:00:00Z".into(),
            report: None,
            config: None,
            config_hash: None,
        };
        let run = migrate(&options, &NoListener).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(run.run.connector.to_string(), "synthea-csv", "{name}");
        assert!(run.balanced, "{name}: {:?}", run.discrepancies);
        for stream in &run.streams {
            let archived = ["supplies", "claims", "claims_transactions"].contains(&stream.stream.as_str());
            let settled = if archived { stream.totals.archived } else { stream.totals.loaded };
            assert_eq!((stream.totals.read, settled), (1, 1), "{name}: {}", stream.stream);
            assert_eq!(stream.totals.cells.failed, 0, "{name}: {}", stream.stream);
        }
        assert_eq!(run.streams.len(), files.len(), "{name}");
        // Until 2020 an encounter's provider is the key of an organization, and no column says so.
        let issues: Vec<_> =
            run.issues.iter().filter(|i| i.column != "PROVIDER").map(|i| (&i.code, &i.column)).collect();
        assert!(issues.is_empty(), "{name}: {issues:?}");
    }
}
