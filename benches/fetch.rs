//! How fast a server's table is read, as a ratio to the driver's own pace: the same SELECT, its rows thrown away as they come.
//!
//!     CHARTLIFT_TEST_MARIADB=mysql://... CHARTLIFT_TEST_POSTGRES=postgres://... cargo bench --bench fetch

use std::io::Read;
use std::path::Path;
use std::time::Instant;

use chartlift::extract::{SourcePlace, SourceTree};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection};

const ROWS: u32 = 500_000;
const ROUNDS: usize = 5;
const COLUMNS: &str = "id, family, given, born, note, amount";

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    if let Ok(url) = std::env::var("CHARTLIFT_TEST_MARIADB") {
        let url = with_database(&url, "bench_fetch");
        runtime.block_on(async {
            let server = std::env::var("CHARTLIFT_TEST_MARIADB").expect("a server");
            let mut connection = MySqlConnection::connect(&server).await.expect("a server");
            let make = format!(
                "DROP DATABASE IF EXISTS bench_fetch; CREATE DATABASE bench_fetch; USE bench_fetch;
                 CREATE TABLE visits (id INT PRIMARY KEY, family VARCHAR(40), given VARCHAR(40), born DATE, note TEXT, amount DECIMAL(12, 2));
                 INSERT INTO visits SELECT seq, CONCAT('Family', seq), 'Given', '1970-01-01', REPEAT('words ', 12), seq / 7 FROM seq_1_to_{ROWS}"
            );
            sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut connection).await.expect("a table");
        });
        compare("MariaDB", &url, || {
            runtime.block_on(async {
                let mut connection = MySqlConnection::connect(&url).await.expect("a server");
                let sql = format!("SELECT {COLUMNS} FROM visits ORDER BY id");
                let mut rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(&mut connection);
                while rows.try_next().await.expect("a row").is_some() {}
            });
        });
    }
    if let Ok(url) = std::env::var("CHARTLIFT_TEST_POSTGRES") {
        runtime.block_on(async {
            let mut connection = PgConnection::connect(&url).await.expect("a server");
            for sql in ["DROP DATABASE IF EXISTS bench_fetch", "CREATE DATABASE bench_fetch"] {
                sqlx::raw_sql(sql).execute(&mut connection).await.expect("a database");
            }
        });
        let url = with_database(&url, "bench_fetch");
        runtime.block_on(async {
            let mut connection = PgConnection::connect(&url).await.expect("a server");
            let make = format!(
                "CREATE TABLE visits (id INT PRIMARY KEY, family TEXT, given TEXT, born DATE, note TEXT, amount NUMERIC(12, 2));
                 INSERT INTO visits SELECT n, 'Family' || n, 'Given', '1970-01-01', repeat('words ', 12), n / 7.0 FROM generate_series(1, {ROWS}) n"
            );
            sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut connection).await.expect("a table");
        });
        compare("PostgreSQL", &url, || {
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&url).await.expect("a server");
                let copy = format!("COPY (SELECT {COLUMNS} FROM visits ORDER BY id) TO STDOUT (FORMAT csv)");
                let mut rows = connection.copy_out_raw(&copy).await.expect("rows");
                while rows.try_next().await.expect("a row").is_some() {}
            });
        });
    }
}

fn with_database(url: &str, name: &str) -> String {
    let (base, asked) = url.split_once('?').unwrap_or((url, ""));
    let (host, _) = base.rsplit_once('/').expect("a database in the URL");
    format!("{host}/{name}?{asked}")
}

/// Both in turn, so that a busy moment of the machine meets both.
fn compare(name: &str, url: &str, driver: impl Fn()) {
    let place = SourcePlace::parse(Path::new(url), None).expect("a place");
    let mut ratios: Vec<f64> = Vec::new();
    let mut ours = 0.0;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        driver();
        let limit = began.elapsed().as_secs_f64();
        let began = Instant::now();
        let mut tree = SourceTree::open(&place).expect("a source");
        tree.open_tables().expect("tables");
        let mut input = tree.open_file(&tree.files[0]).expect("a table");
        let mut part = vec![0; 1 << 20];
        while input.read(&mut part).expect("rows") > 0 {}
        ours = began.elapsed().as_secs_f64();
        ratios.push(ours / limit);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ROUNDS / 2];
    println!("{name}: {median:.2} of the driver's time ({:.0} rows/s)", f64::from(ROWS) / ours);
}
