//! Code systems by their OIDs, as FHIR calls them (R4 4.3, terminologies.hl7.org).

/// The URI of a code system; an OID that has no other stands for itself.
pub fn uri(oid: &str) -> String {
    let known = match oid {
        "2.16.840.1.113883.6.96" => "http://snomed.info/sct",
        "2.16.840.1.113883.6.1" => "http://loinc.org",
        "2.16.840.1.113883.6.88" => "http://www.nlm.nih.gov/research/umls/rxnorm",
        "2.16.840.1.113883.6.59" | "2.16.840.1.113883.12.292" => "http://hl7.org/fhir/sid/cvx",
        "2.16.840.1.113883.12.227" => "http://hl7.org/fhir/sid/mvx",
        "2.16.840.1.113883.6.90" => "http://hl7.org/fhir/sid/icd-10-cm",
        "2.16.840.1.113883.6.4" => "http://www.cms.gov/Medicare/Coding/ICD10",
        "2.16.840.1.113883.6.3" => "http://hl7.org/fhir/sid/icd-10",
        "2.16.840.1.113883.6.103" | "2.16.840.1.113883.6.42" => "http://hl7.org/fhir/sid/icd-9-cm",
        "2.16.840.1.113883.6.104" => "http://hl7.org/fhir/sid/icd-9-cm/procedure",
        "2.16.840.1.113883.6.12" => "http://www.ama-assn.org/go/cpt",
        "2.16.840.1.113883.6.285" | "2.16.840.1.113883.6.14" => {
            "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
        }
        "2.16.840.1.113883.6.69" => "http://hl7.org/fhir/sid/ndc",
        "2.16.840.1.113883.6.8" => "http://unitsofmeasure.org",
        "2.16.840.1.113883.4.9" => "http://fdasis.nlm.nih.gov",
        "2.16.840.1.113883.3.26.1.1" => "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
        "2.16.840.1.113883.3.26.1.5" | "2.16.840.1.113883.6.209" => "http://hl7.org/fhir/ndfrt",
        "2.16.840.1.113883.6.101" => "http://nucc.org/provider-taxonomy",
        "2.16.840.1.113883.5.4" => "http://terminology.hl7.org/CodeSystem/v3-ActCode",
        "2.16.840.1.113883.5.83" => "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
        "2.16.840.1.113883.5.111" => "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
        "2.16.840.1.113883.5.8" => "http://terminology.hl7.org/CodeSystem/v3-ActReason",
        _ => return format!("urn:oid:{oid}"),
    };
    known.to_owned()
}
