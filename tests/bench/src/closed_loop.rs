//! A closed loop: each caller starts the next turn when its last one has ended.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use hdrhistogram::Histogram;
use tokio::task::JoinSet;

use crate::child_process::ChildProcess;

/// The timeout of one turn. In a storm the last caller waits for all before it.
const PATIENCE: Duration = Duration::from_secs(300);

/// The result of a loop.
pub struct Load {
    /// The durations, in microseconds.
    latencies: Histogram<u64>,
    took: Duration,
    cpu: Option<Duration>,
}

impl Load {
    /// The number of turns.
    pub fn turns(&self) -> u64 {
        self.latencies.len()
    }

    /// Turns per second.
    #[expect(clippy::cast_precision_loss, reason = "shown without decimals")]
    pub fn rate(&self) -> f64 {
        self.turns() as f64 / self.took.as_secs_f64()
    }

    /// A percentile, in milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    pub fn percentile(&self, percent: f64) -> f64 {
        self.latencies.value_at_percentile(percent) as f64 / 1000.0
    }

    /// Milliseconds of processor time per turn.
    #[expect(clippy::cast_precision_loss, reason = "shown with two decimals")]
    pub fn cpu_per_turn(&self) -> Option<f64> {
        self.cpu.map(|cpu| cpu.as_secs_f64() * 1000.0 / self.turns() as f64)
    }
}

/// A repeatable operation. `number` differs each time.
pub trait Turn: Send + Sync + 'static {
    /// Runs it once.
    fn once(&self, number: usize) -> impl Future<Output = Result<()>> + Send;
}

/// Runs it with this number of callers for a time, without a warm-up. Any failure ends the loop.
///
/// # Errors
/// The first failure of a turn.
pub async fn closed_loop<T: Turn>(
    turn: &Arc<T>,
    callers: usize,
    time: Duration,
    program: &ChildProcess,
) -> Result<Load> {
    let before = program.cpu();
    let (latencies, took) = run(turn, callers, time).await?;
    let cpu = program.cpu().zip(before).map(|(after, before)| after.saturating_sub(before));
    Ok(Load { latencies, took, cpu })
}

async fn run<T: Turn>(turn: &Arc<T>, callers: usize, time: Duration) -> Result<(Histogram<u64>, Duration)> {
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let turn = Arc::clone(turn);
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            let mut number = caller;
            while began.elapsed() < time {
                latencies.push(timed(&*turn, number).await?);
                number += callers;
            }
            anyhow::Ok(latencies)
        });
    }
    let all = collected(tasks).await?;
    Ok((all, began.elapsed()))
}

/// Runs it this number of times, one after the other, without a warm-up.
///
/// # Errors
/// The first failure of a turn.
pub async fn one_by_one<T: Turn>(turn: &T, times: usize) -> Result<Load> {
    let (began, mut latencies) = (Instant::now(), Histogram::new(3)?);
    for number in 0..times {
        latencies.record(u64::try_from(timed(turn, number).await?.as_micros())?)?;
    }
    Ok(Load { latencies, took: began.elapsed(), cpu: None })
}

/// Runs it this number of times with this number of callers: a number of turns instead of a time.
///
/// # Errors
/// The first failure of a turn.
pub async fn a_number_of<T: Turn>(
    turn: &Arc<T>,
    callers: usize,
    times: usize,
    program: &ChildProcess,
) -> Result<Load> {
    let (before, began) = (program.cpu(), Instant::now());
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let turn = Arc::clone(turn);
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            for number in (caller..times).step_by(callers) {
                latencies.push(timed(&*turn, number).await?);
            }
            Ok(latencies)
        });
    }
    let latencies = collected(tasks).await?;
    let took = began.elapsed();
    let cpu = program.cpu().zip(before).map(|(after, before)| after.saturating_sub(before));
    Ok(Load { latencies, took, cpu })
}

async fn timed<T: Turn>(turn: &T, number: usize) -> Result<Duration> {
    let began = Instant::now();
    match tokio::time::timeout(PATIENCE, turn.once(number)).await {
        Ok(done) => done?,
        Err(_) => bail!("a turn has not ended after {} s", PATIENCE.as_secs()),
    }
    Ok(began.elapsed())
}

async fn collected(mut tasks: JoinSet<Result<Vec<Duration>>>) -> Result<Histogram<u64>> {
    let mut all = Histogram::new(3)?;
    while let Some(done) = tasks.join_next().await {
        for latency in done?? {
            all.record(u64::try_from(latency.as_micros())?)?;
        }
    }
    Ok(all)
}
