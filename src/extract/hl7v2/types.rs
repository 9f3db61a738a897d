//! What messages are for, by type and trigger event (HL7 v2.8 tables 0076 and 0003).

/// What is done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It says who somebody is, and where (ADT).
    Registration,
    /// It tells of somebody: results, vaccinations, appointments, documents, prescriptions.
    Facts,
    /// It asks for examinations.
    Orders,
    /// Charges, master files, questions and answers: kept.
    Archived,
    Unknown,
}

/// None of these for a type or an event that the standard does not have.
pub fn kind_of(kind: &str, event: &str) -> Use {
    let number = |letter: char| event.strip_prefix(letter).and_then(|rest| rest.parse::<u32>().ok());
    let within = |letter: char, most: u32| number(letter).is_some_and(|number| (1..=most).contains(&number));
    let is_known = |known: bool, uses: Use| if known { uses } else { Use::Unknown };
    match kind {
        // Questions about people, beds, what is deleted or taken apart at the source: nothing is destroyed by them, and nobody registered.
        "ADT" if matches!(event, "A19" | "A20" | "A23" | "A29" | "A37") => Use::Archived,
        "ADT" => is_known(within('A', 62), Use::Registration),
        "ORU" => is_known(event.is_empty() || within('R', 45), Use::Facts),
        "OUL" => is_known(within('R', 25), Use::Facts),
        "VXU" => is_known(event.is_empty() || event == "V04", Use::Facts),
        "SIU" => is_known(within('S', 28), Use::Facts),
        "MDM" => is_known(within('T', 11), Use::Facts),
        "REF" => is_known(within('I', 15), Use::Facts),
        "PPR" => is_known(within('P', 22) || number('C').is_some() || event.starts_with("PC"), Use::Facts),
        "RDE" => is_known(event.is_empty() || matches!(event, "O01" | "O11" | "O25" | "O49"), Use::Facts),
        "RDS" => is_known(event.is_empty() || matches!(event, "O01" | "O13"), Use::Facts),
        "OMP" => is_known(event.is_empty() || event == "O09", Use::Facts),
        "ORM" | "OML" | "OMG" | "OMI" => is_known(event.is_empty() || within('O', 59), Use::Orders),
        "ACK" | "ADR" | "BAR" | "BPS" | "BRP" | "BRT" | "BTS" | "CCF" | "CCI" | "CCM" | "CCQ" | "CCU" | "CQU"
        | "CRM" | "CSU" | "DBC" | "DBU" | "DEL" | "DEO" | "DER" | "DFT" | "DOC" | "DPR" | "DRC" | "DRG" | "DSR"
        | "EAC" | "EAN" | "EAR" | "EHC" | "ESR" | "ESU" | "INR" | "INU" | "LSR" | "LSU" | "MCF" | "MDC" | "MFD"
        | "MFK" | "MFN" | "MFQ" | "MFR" | "NMD" | "NMQ" | "NMR" | "OMB" | "OMD" | "OMN" | "OMS" | "OPL" | "OPR"
        | "OPU" | "ORA" | "ORB" | "ORD" | "ORF" | "ORG" | "ORI" | "ORL" | "ORN" | "ORP" | "ORR" | "ORS" | "ORX"
        | "OSM" | "OSQ" | "OSR" | "PEX" | "PGL" | "PIN" | "PMU" | "PPG" | "PPP" | "PPT" | "PPV" | "PRR" | "PTR"
        | "QBP" | "QCK" | "QCN" | "QRF" | "QRY" | "QSB" | "QSX" | "QVR" | "RAR" | "RAS" | "RCI" | "RCL" | "RDR"
        | "RDY" | "RER" | "RGR" | "RGV" | "ROR" | "RPA" | "RPI" | "RPL" | "RPR" | "RQA" | "RQC" | "RQI" | "RQP"
        | "RRA" | "RRD" | "RRE" | "RRG" | "RRI" | "RSP" | "RTB" | "SCN" | "SDN" | "SDR" | "SIR" | "SLN" | "SLR"
        | "SMD" | "SQM" | "SQR" | "SRM" | "SRR" | "SSR" | "SSU" | "STC" | "STI" | "SUR" | "TBR" | "TCR" | "TCU"
        | "UDM" | "VXQ" | "VXR" | "VXX" => Use::Archived,
        _ => Use::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_events_say_what_a_message_is_for() {
        for (kind, event, uses) in [
            ("ADT", "A01", Use::Registration),
            ("ADT", "A40", Use::Registration),
            ("ADT", "A29", Use::Archived),
            ("ADT", "A63", Use::Unknown),
            ("ADT", "", Use::Unknown),
            ("ADT", "X01", Use::Unknown),
            ("ORU", "R01", Use::Facts),
            ("ORU", "", Use::Facts),
            ("ORM", "O01", Use::Orders),
            ("DFT", "P03", Use::Archived),
            ("PPR", "PC1", Use::Facts),
            ("ZZZ", "Z01", Use::Unknown),
            ("", "", Use::Unknown),
        ] {
            assert_eq!(kind_of(kind, event), uses, "{kind}^{event}");
        }
    }
}
