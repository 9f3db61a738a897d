//! The drugs that a source's orders name: what its files say of them, and what the store keeps of earlier ones. They are looked for before
//! the first order is read.

use std::sync::Arc;

use super::PipelineError;
use super::plan::Plan;
use super::survey::{BATCH_BYTES, BATCH_RECORDS, open};
use crate::model::Standard;
use crate::normalize::Medications;
use crate::store::EhrStore;

impl Plan {
    /// Notes what the drugs are that records name; none where the connector reads no resources.
    pub fn heed_medications(&mut self, store: &EhrStore) -> Result<(), PipelineError> {
        let is_fhir = |standard: Standard| standard == Standard::FhirR4;
        let mut standards = self.pack.streams.iter().filter_map(|stream| stream.standard.as_ref());
        if !standards.any(|of| is_fhir(of.standard)) {
            return Ok(());
        }
        let table = format!("/{}", Medications::KIND);
        let mut found = Medications::default();
        for payload in store.frames_of_tables(&self.system, &table)? {
            for record in store.frame_with_file(payload)?.1 {
                found.add(&String::from_utf8_lossy(&record.raw));
            }
        }
        found.renew();
        for stream in &self.streams {
            for file in stream.files.iter().filter(|file| file.path.ends_with(&table)) {
                let (mut reader, _) = open(self, stream, file)?;
                while let Some(batch) = reader.next_batch(BATCH_RECORDS, BATCH_BYTES)? {
                    batch.records().for_each(|record| found.add(&String::from_utf8_lossy(record.raw())));
                }
            }
        }
        if !found.is_empty() {
            self.medications = Some(Arc::new(found));
            let medications = &self.medications;
            for file in self.streams.iter_mut().flat_map(|stream| &mut stream.files) {
                Arc::make_mut(&mut file.plan).heed_medications(medications);
            }
        }
        Ok(())
    }
}
