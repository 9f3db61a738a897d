//! What can be wrong with a record's data: a closed, documented list.

use super::fate::words;
use std::fmt;

words! {
    /// The code of an issue. The list is closed; `schemas/issue-codes.md` is made from it.
    IssueCode {
        ChartOutdated = "chart_outdated",
        CodeAmbiguous = "code_ambiguous",
        CodeInvalid = "code_invalid",
        CodeMapAmbiguous = "code_map_ambiguous",
        CodeMapDraft = "code_map_draft",
        CodeMapInexact = "code_map_inexact",
        CodeNoMap = "code_no_map",
        CodeUnknown = "code_unknown",
        CodeUnmapped = "code_unmapped",
        DateAmbiguous = "date_ambiguous",
        DateImplausible = "date_implausible",
        DateInFuture = "date_in_future",
        DateInvalid = "date_invalid",
        DeathBeforeBirth = "death_before_birth",
        DocumentEmpty = "document_empty",
        DocumentMissing = "document_missing",
        DocumentOutside = "document_outside",
        DocumentTypeDiffers = "document_type_differs",
        DocumentUnassigned = "document_unassigned",
        DocumentUnreadable = "document_unreadable",
        EncodingInvalid = "encoding_invalid",
        ErasedKey = "erased_key",
        IdentifierInvalid = "identifier_invalid",
        IdentifierShared = "identifier_shared",
        KeyConflict = "key_conflict",
        LayoutChanged = "layout_changed",
        Mojibake = "mojibake",
        ModifierUnknown = "modifier_unknown",
        NumberInvalid = "number_invalid",
        Orphan = "orphan",
        PeriodReversed = "period_reversed",
        QuantityInvalid = "quantity_invalid",
        QuoteUnbalanced = "quote_unbalanced",
        RecordUnmapped = "record_unmapped",
        RecordUnreadable = "record_unreadable",
        ReferenceInvalid = "reference_invalid",
        ReferenceMismatch = "reference_mismatch",
        RequiredMissing = "required_missing",
        RowEmpty = "row_empty",
        RowRagged = "row_ragged",
        StatementDoubtful = "statement_doubtful",
        StatusContradicted = "status_contradicted",
        TextRepaired = "text_repaired",
        UnitUnknown = "unit_unknown",
        ValueImplausible = "value_implausible",
        ValuePlaceholder = "value_placeholder",
        ValueRejected = "value_rejected",
    }
}

impl IssueCode {
    /// Whether the value is charted all the same, as the source says.
    pub fn is_told_only(self) -> bool {
        matches!(
            self,
            Self::CodeAmbiguous
                | Self::CodeInvalid
                | Self::CodeMapAmbiguous
                | Self::CodeMapDraft
                | Self::CodeMapInexact
                | Self::CodeNoMap
                | Self::CodeUnknown
                | Self::DateImplausible
                | Self::IdentifierInvalid
                | Self::StatementDoubtful
                | Self::StatusContradicted
                | Self::UnitUnknown
                | Self::ValueImplausible
                | Self::ValuePlaceholder
        )
    }

    /// One plain sentence for people: what it means and what to do.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::ChartOutdated => {
                "a record that was charted has changed and is now in quarantine; the chart still shows its earlier state"
            }
            Self::CodeInvalid => {
                "the code cannot be one of its system: its check digit or its form is wrong; it is charted as the source says: was it mistyped, or changed by a spreadsheet?"
            }
            Self::CodeAmbiguous => {
                "the text can be read as several codes of its system (ten digits of an NDC without hyphens); it is charted as the source says"
            }
            Self::CodeMapAmbiguous => {
                "the code has several targets, or only several together say what it says; it is charted as the source says: a person must choose, and a line in the connector's code map settles it"
            }
            Self::CodeMapDraft => {
                "the code was translated by a line of a code map that nobody has approved yet; its original stands beside it"
            }
            Self::CodeMapInexact => {
                "the code was translated into the nearest one, which does not say quite the same; its original stands beside it"
            }
            Self::CodeNoMap => {
                "nothing says the same in the code system that codes are translated into; it is charted as the source says: a person must look, and a line in the connector's code map settles it"
            }
            Self::CodeUnknown => {
                "the code is not in the list of its system (ICD-10-CM: fiscal year 2026, update of April 2026, with the codes retired since 2024); it is charted as the source says: was it mistyped, or is it of another edition?"
            }
            Self::CodeUnmapped => {
                "a value is not in the connector's code map and was not translated; a code stays in the chart as it was written, another value only with its source record"
            }
            Self::DateAmbiguous => {
                "day and month can be read both ways and the column does not prove an order; say `order` in the mapping"
            }
            Self::DateImplausible => {
                "something is told as done, on a day that lies after the run or long before the patient was born; it is charted as the source says, and a person must look: it may be another patient's"
            }
            Self::DateInFuture => "a birth, death or recorded date lies after the day of the run; it is not charted",
            Self::DateInvalid => "the text is no date of the calendar; it is not charted",
            Self::DeathBeforeBirth => {
                "the date of death lies before the date of birth; the date of death is not charted"
            }
            Self::DocumentEmpty => "the file of a document has no content; it is charted as it is: scan it again",
            Self::DocumentTypeDiffers => {
                "a document is called like another kind than it is (a picture called .pdf); it is charted as what it is"
            }
            Self::DocumentUnassigned => {
                "nothing says for certain whose document this is; it waits until its person arrives, an index or its name says so, or somebody does (`chartlift review documents`)"
            }
            Self::DocumentUnreadable => {
                "a document is locked or damaged; its bytes are charted, and neither its text nor its pages could be read"
            }
            Self::DocumentMissing => {
                "the file that a document record names is not in the source; the record stands without its content, or with the one it had before"
            }
            Self::DocumentOutside => "a document record names a file outside the source folder; it is not opened",
            Self::EncodingInvalid => {
                "a cell holds bytes or control characters that its encoding does not have; they were replaced in the chart"
            }
            Self::ErasedKey => {
                "a registration bears the key of a person who was erased and says something else than that person's did; it was passed over all the same: if it is somebody else, the source must give a key of its own"
            }
            Self::IdentifierInvalid => {
                "the number cannot be one of its kind: its check digit or its form is wrong; it is charted as the source says"
            }
            Self::IdentifierShared => {
                "one patient key names people who contradict each other; they stay apart, and facts that could be either's wait in quarantine"
            }
            Self::KeyConflict => {
                "one key came with different content in one run; the first stands, this one waits in quarantine"
            }
            Self::Mojibake => {
                "the text is UTF-8 that an earlier program read as windows-1252 (`JosÃ©`); it is charted as it stands; `repair = [\"mojibake\"]` in the connector charts what it was"
            }
            Self::LayoutChanged => {
                "the columns of this table changed since the last run, and the connector holds its records until somebody says that this is right (`--accept-drift`)"
            }
            Self::ModifierUnknown => {
                "the record says of itself that it means something else than it seems to (`modifierExtension`, `implicitRules`, `doNotPerform`; another `subject`, a denied observation), in a way that this program does not know; it waits for a person, or that part of it is not charted"
            }
            Self::NumberInvalid => "the text is no number; it is not charted",
            Self::Orphan => {
                "the patient of this record is not there; it waits in quarantine and loads by itself when the patient arrives"
            }
            Self::PeriodReversed => "an end lies before its start; the end is not charted",
            Self::QuantityInvalid => "the text is no quantity; it is not charted as one",
            Self::QuoteUnbalanced => {
                "a quote is opened and not closed where it should be; the record takes in the lines behind it, maybe to the end of the file"
            }
            Self::RecordUnmapped => "no mapping of the connector applies to this record; it is kept, and not charted",
            Self::RecordUnreadable => "the record is damaged, or not of the kind that its file holds; export it again",
            Self::ReferenceInvalid => {
                "a record refers to another one (a visit, an order, a member of staff) that is not there; the reference stays and holds when it arrives"
            }
            Self::ReferenceMismatch => {
                "a record refers to a visit, an order or a document of another patient; both stay as they came, one of the two patients is wrong"
            }
            Self::RequiredMissing => "a cell that this record cannot do without is empty or unreadable",
            Self::RowEmpty => "the row has separators but no value",
            Self::RowRagged => "the row has fewer or more cells than the header; it was not guessed which is which",
            Self::StatementDoubtful => {
                "an allergy's words begin like \"none\" and go on to name something; it is charted as the source says, and a person must read it"
            }
            Self::StatusContradicted => {
                "something is called active, and has an end that is past; it is charted as the source says, and a person must look"
            }
            Self::TextRepaired => {
                "the text was UTF-8 that an earlier program had read as windows-1252; it is charted as it was before, and stands as it came with its source record"
            }
            Self::UnitUnknown => {
                "the unit of a result is neither a code of UCUM nor a spelling that is known, or could be several; it is charted as the source says, without a code beside it"
            }
            Self::ValueImplausible => {
                "nobody living measures this in this unit, or nobody of the patient's age; it is charted as the source says: look for a slip, another unit, or another patient's row"
            }
            Self::ValuePlaceholder => {
                "the number or day stands where none is known (000-00-0000, 555-5555, 1900-01-01); it is charted as the source says, and matching takes no notice of it"
            }
            Self::ValueRejected => "the value is not one that this field can take; it is not charted",
        }
    }
}

/// Something wrong with one record's data: counted and reported, the run goes on. It never holds the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    pub code: IssueCode,
    /// Index of the source column, where one is to blame.
    pub column: Option<u32>,
}
