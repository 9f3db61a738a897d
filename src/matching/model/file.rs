//! A model as JSON: written beside a matching, and read again to match other people by the same numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::comparison::{COMPARISONS, Comparison};
use super::super::frequency::{Frequencies, Unseen};
use super::{Model, Probabilities};

/// The format written; another one is refused.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelFile {
    format: u32,
    lambda: f64,
    lambda_relatives: f64,
    lambda_twins: f64,
    lambda_namesakes: f64,
    match_weight: f64,
    sparse_match_weight: f64,
    sparse_misspelt_match_weight: f64,
    review_weight: f64,
    is_calibrated: bool,
    has_households: bool,
    comparisons: Vec<ComparisonFile>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    term_frequencies: Option<TermFrequencies>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ComparisonFile {
    name: String,
    levels: Vec<LevelFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LevelFile {
    level: String,
    m: f64,
    u: f64,
    u_relatives: f64,
    u_twins: f64,
    u_namesakes: f64,
}

/// Shares of the people who bear a value.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TermFrequencies {
    unseen_given_name: f64,
    unseen_family_name: f64,
    given_name: BTreeMap<String, f64>,
    family_name: BTreeMap<String, f64>,
    /// As YYYYMMDD: days that far more people bear than a day should have.
    birth_date: BTreeMap<u32, f64>,
}

/// Why a text is no model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("it is no JSON of a model (line {}, column {})", .0.line(), .0.column())]
    Json(serde_json::Error),
    #[error("it has format {found}, and this chartlift knows format {FORMAT}")]
    Format { found: u32 },
    #[error("its comparison {number} is not `{name}` with its {levels} levels")]
    Comparison { number: usize, name: &'static str, levels: usize },
    #[error("its weights are no order of zones: a review takes no more than a match, and a match more than nothing")]
    Zones,
    #[error("`{what}` is no probability between 0 and 1")]
    Probability { what: String },
}

impl Model {
    /// The model as JSON text, the same for the same model.
    pub fn to_json(&self) -> String {
        let comparisons =
            self.levels.iter().zip(COMPARISONS).map(|(levels, Comparison { name, level_name, .. })| ComparisonFile {
                name: (*name).to_owned(),
                levels: levels
                    .iter()
                    .enumerate()
                    .map(|(at, p)| LevelFile {
                        level: level_name(at).to_owned(),
                        m: p.m,
                        u: p.u,
                        u_relatives: p.u_relatives,
                        u_twins: p.u_twins,
                        u_namesakes: p.u_namesakes,
                    })
                    .collect(),
            });
        let names = |names: &std::collections::HashMap<Box<str>, f64>| {
            names.iter().map(|(name, share)| (name.to_string(), *share)).collect()
        };
        let Frequencies { given, family, birth_date, counted } = &self.frequencies;
        let file = ModelFile {
            format: FORMAT,
            lambda: self.lambda,
            lambda_relatives: self.lambda_relatives,
            lambda_twins: self.lambda_twins,
            lambda_namesakes: self.lambda_namesakes,
            match_weight: self.match_weight,
            sparse_match_weight: self.sparse_match_weight,
            sparse_misspelt_match_weight: self.sparse_misspelt_match_weight,
            review_weight: self.review_weight,
            is_calibrated: self.is_calibrated,
            has_households: self.has_households,
            comparisons: comparisons.collect(),
            term_frequencies: counted.map(|unseen| TermFrequencies {
                unseen_given_name: unseen.given,
                unseen_family_name: unseen.family,
                given_name: names(given),
                family_name: names(family),
                birth_date: birth_date.iter().map(|(date, share)| (*date, *share)).collect(),
            }),
        };
        serde_json::to_string_pretty(&file).unwrap_or_default()
    }

    /// Reads what [`Self::to_json`] wrote.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let head: Head = serde_json::from_str(text).map_err(ModelError::Json)?;
        if head.format != FORMAT {
            return Err(ModelError::Format { found: head.format });
        }
        let file: ModelFile = serde_json::from_str(text).map_err(ModelError::Json)?;
        let checked = |what: &str, share: f64| match share > 0.0 && share < 1.0 {
            true => Ok(share),
            false => Err(ModelError::Probability { what: what.to_owned() }),
        };
        let mut levels = Vec::new();
        let mut given = file.comparisons.into_iter();
        for (number, Comparison { name, level_name, levels: count }) in COMPARISONS.iter().enumerate() {
            let wrong = ModelError::Comparison { number: number + 1, name, levels: *count };
            let Some(found) = given.next().filter(|found| found.name == *name && found.levels.len() == *count) else {
                return Err(wrong);
            };
            if found.levels.iter().enumerate().any(|(at, level)| level.level != level_name(at)) {
                return Err(wrong);
            }
            let of = |level: &LevelFile| {
                let what = |kind: &str| format!("{name}, {}, {kind}", level.level);
                Ok(Probabilities {
                    m: checked(&what("m"), level.m)?,
                    u: checked(&what("u"), level.u)?,
                    u_relatives: checked(&what("u_relatives"), level.u_relatives)?,
                    u_twins: checked(&what("u_twins"), level.u_twins)?,
                    u_namesakes: checked(&what("u_namesakes"), level.u_namesakes)?,
                })
            };
            levels.push(found.levels.iter().map(of).collect::<Result<Vec<_>, ModelError>>()?);
        }
        let mut frequencies = Frequencies::shipped();
        if let Some(terms) = file.term_frequencies {
            let names = |names: BTreeMap<String, f64>| {
                let checked =
                    |(name, share): (String, f64)| Ok((name.into_boxed_str(), checked("term_frequencies", share)?));
                names.into_iter().map(checked).collect::<Result<_, ModelError>>()
            };
            frequencies = Frequencies {
                given: names(terms.given_name)?,
                family: names(terms.family_name)?,
                birth_date: terms.birth_date.into_iter().collect(),
                counted: Some(Unseen {
                    given: checked("unseen_given_name", terms.unseen_given_name)?,
                    family: checked("unseen_family_name", terms.unseen_family_name)?,
                }),
            };
        }
        let zones = [file.match_weight, file.sparse_match_weight, file.sparse_misspelt_match_weight];
        if zones.iter().any(|weight| !(0.0..100.0).contains(weight) || file.review_weight > *weight) {
            return Err(ModelError::Zones);
        }
        let model = Self {
            lambda: checked("lambda", file.lambda)?,
            lambda_relatives: checked("lambda_relatives", file.lambda_relatives)?,
            lambda_twins: checked("lambda_twins", file.lambda_twins)?,
            lambda_namesakes: checked("lambda_namesakes", file.lambda_namesakes)?,
            match_weight: file.match_weight,
            sparse_match_weight: file.sparse_match_weight,
            sparse_misspelt_match_weight: file.sparse_misspelt_match_weight,
            review_weight: file.review_weight,
            is_calibrated: file.is_calibrated,
            has_households: file.has_households,
            levels,
            frequencies,
            ..Self::shipped()
        };
        Ok(model.ready())
    }
}
