//! The tables of the export, with their columns: the one place that names them.

use super::GenerateError;
use super::table::{Fate, FinishedTable, Table};
use super::truth::Truth;
use std::path::Path;

macro_rules! tables {
    ($($(#[$doc:meta])* $field:ident = $file:literal, $fate:ident, $header:literal;)*) => {
        pub(super) struct Tables { $($(#[$doc])* pub(super) $field: Table,)* }

        impl Tables {
            pub(super) fn create(folder: &Path) -> Result<Self, GenerateError> {
                Ok(Self { $($field: Table::create(folder, $file, $header, Fate::$fate)?,)* })
            }

            /// Completes the files and tells the truth how many records of each fate they hold.
            pub(super) fn finish(self, truth: &mut Truth) -> Result<Vec<FinishedTable>, GenerateError> {
                let finished = vec![$(self.$field.finish()?,)*];
                for table in &finished {
                    truth.count(table);
                }
                Ok(finished)
            }
        }
    };
}

tables! {
    allergies = "ALLERGIES.CSV", Loaded,
        "ALGNO,PATNO,VISITNO,ALLERGEN,ALG_CODE,CODE_SYS,KIND,REACTION,SEVERITY,STATUS,ONSET,ENDED,ENTERED,STAFF_ID,NOTE";
    appointments = "APPOINTMENTS.CSV", Loaded,
        "APPTNO,PATNO,STAFF_ID,START,MINUTES,TYPE,REASON,STATUS,BOOKED_ON,CXL_REASON,ROOM,COMMENT";
    consents = "CONSENTS.CSV", Loaded,
        "CONSNO,PATNO,KIND,TITLE,DECISION,SIGNED_ON,EXPIRES,SIGNED_BY,WITNESS,FORM,FORM_FILE,DOCNO,STATUS,NOTE";
    documents = "DOCUMENTS.CSV", Loaded,
        "DOCNO,PATNO,VISITNO,DOC_DATE,KIND,TITLE,FOLDER,FILE,PAGES,AUTHOR,STATUS";
    family = "FAMILY.CSV", Loaded,
        "FAMNO,PATNO,RELATION,REL_NAME,ICD,CONDITION,AGE_ONSET,BORN,DIED,NOTE";
    labs = "LABS.CSV", Loaded,
        "LABNO,PATNO,VISITNO,ORDERNO,TEST_CODE,CODE_SYS,TEST_NAME,RESULT,UNITS,LOW,HIGH,REF_TEXT,FLAG,COLLECTED,REPORTED,\
         SPECIMEN,STATUS,COMMENT";
    ledger = "LEDGER.CSV", Archived,
        "LINENO,PATNO,VISITNO,SVC_DATE,ITEM,AMOUNT,PAID,BALANCE,MEMO";
    meds = "MEDS.CSV", Loaded,
        "MEDNO,PATNO,VISITNO,DRUG,SIG,RXCUI,START,STOP,STATUS,FOR_DX,TOLD_BY,ENTERED,NOTE";
    notes = "NOTES.CSV", Loaded,
        "NOTENO,PATNO,VISITNO,STAFF_ID,WRITTEN,KIND,TITLE,SIGNED,BODY";
    orders = "ORDERS.CSV", Loaded,
        "ORDERNO,PATNO,VISITNO,STAFF_ID,KIND,TEST_CODE,CODE_SYS,DESCR,PRIORITY,ORDERED,DUE,STATUS,DX_TEXT,DEST,NOTE";
    patients = "PATIENTS.CSV", Loaded,
        "PATNO,LAST,FIRST,MI,SUFFIX,TITLE,MAIDEN,DOB,SEX,SSN,MARITAL,RACE,ETHNIC,LANG,ADDR1,ADDR2,CITY,STATE,ZIP,COUNTY,\
         HOME_PH,CELL_PH,WORK_PH,EMAIL,EMERG,PCP,DOD,BIRTH_ORDER,MOTHER_MAIDEN,REG_DATE,LAST_UPD,STATUS,ACCT_BAL";
    payers = "PAYERS.CSV", Loaded,
        "PAYER_ID,NAME,PHONE,ADDR,CITY,STATE,ZIP,EDI_ID,ACTIVE";
    policies = "POLICIES.CSV", Loaded,
        "POLNO,PATNO,PAYER_ID,RANK,PLAN,PLAN_TYPE,GROUP_NO,MEMBER_ID,SUBSCRIBER,REL,EFF,TERM,STATUS,COPAY";
    problems = "PROBLEMS.CSV", Loaded,
        "PROBNO,PATNO,VISITNO,KIND,CODE,CODE_SYS,DESCR,SEVERITY,SIDE,ONSET,RESOLVED,STATUS,STAFF_ID,ENTERED,NOTE";
    recalls = "RECALLS.CSV", Archived,
        "RECALLNO,PATNO,DUE,REASON,SENT";
    scripts = "SCRIPTS.CSV", Loaded,
        "RXNO,PATNO,VISITNO,STAFF_ID,DRUG,RXCUI,SIG,QTY,QTY_UNIT,DAYS,REFILLS,DAW,PHARMACY,WRITTEN,STATUS,FILLED,FOR_DX,\
         NOTE";
    staff = "STAFF.CSV", Loaded,
        "STAFF_ID,LAST,FIRST,CRED,ROLE,NPI,SEX,PHONE,EMAIL,ACTIVE,PIN";
    surgery = "SURGERY.CSV", Loaded,
        "SURGNO,PATNO,VISITNO,START,END,PROC_CODE,PROC_NAME,SITE,SIDE,ANESTH,SURGEON,DX_TEXT,STATUS,OUTCOME,COMPLIC,\
         IMPLANT,IMPL_MFR,IMPL_MODEL,IMPL_LOT,IMPL_SERIAL,IMPL_EXP,IMPL_UDI,OPNOTE";
    vaccines = "VACCINES.CSV", Loaded,
        "VACNO,PATNO,VISITNO,STAFF_ID,CVX,VACCINE,GIVEN,LOT,EXPIRES,MFR,SITE,ROUTE,DOSE,DOSE_UNIT,SERIES_NO,STATUS,\
         REFUSED_WHY,NOTE";
    visits = "VISITS.CSV", Loaded,
        "VISITNO,PATNO,STAFF_ID,APPTNO,START,END,KIND,CHIEF,STATUS,EM_LEVEL";
    vitals = "VITALS.CSV", Loaded,
        "VITALNO,PATNO,VISITNO,TAKEN,BP_SYS,BP_DIA,PULSE,TEMP_F,WT_LB,HT_IN,SPO2,RESP,POSITION,STAFF_ID";
}
