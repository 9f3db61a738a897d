//! Work on the parts of a file on every core, while the next of them are read.

use rayon::prelude::*;

/// What is worked on while about as much again is read.
pub const BATCH_BYTES: usize = 4 << 20;
/// Parts that one core takes together.
const CHUNK: usize = 128;

/// Parts of about one batch, from what gives them one by one.
pub fn batch<T>(
    mut next: impl FnMut() -> std::io::Result<Option<T>>,
    len_bytes: impl Fn(&T) -> usize,
) -> std::io::Result<Vec<T>> {
    let (mut parts, mut bytes) = (Vec::new(), 0);
    while bytes < BATCH_BYTES {
        let Some(part) = next()? else { break };
        bytes += len_bytes(&part);
        parts.push(part);
    }
    Ok(parts)
}

/// Reads batches until one is empty, and hands on what came of their chunks, in the file's order. What comes of a chunk depends on nothing
/// outside of it.
pub fn in_batches<T: Send + Sync, C: Send>(
    mut read: impl FnMut() -> std::io::Result<Vec<T>> + Send,
    work: impl Fn(&[T]) -> C + Sync,
    mut take: impl FnMut(C),
) -> std::io::Result<()> {
    let mut parts = read()?;
    while !parts.is_empty() {
        let work = || parts.par_chunks(CHUNK).map(&work).collect::<Vec<_>>();
        let (done, next) = rayon::join(work, &mut read);
        done.into_iter().for_each(&mut take);
        parts = next?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_of_parts_comes_in_their_order() {
        let mut left = (0..3_000).map(|number| vec![number; 512]);
        let read = || batch(|| Ok(left.next()), |part: &Vec<u64>| part.len() * 8);
        let (mut sums, mut chunks) = (Vec::new(), 0);
        let work = |parts: &[Vec<u64>]| parts.iter().map(|part| part[0]).collect::<Vec<u64>>();
        let take = |own: Vec<u64>| {
            chunks += 1;
            sums.extend(own);
        };
        in_batches(read, work, take).expect("read");
        assert!(sums.into_iter().eq(0..3_000));
        assert_eq!(chunks, 24);
        let fails = || Err::<Vec<u64>, _>(std::io::Error::other("gone"));
        assert!(in_batches(fails, <[u64]>::len, |_| {}).is_err());
    }
}
