//! Opening, migrating, configuring.

use std::sync::Arc;

use security_monkey_model::{Account, AccountId, Digest};
use security_monkey_store::decision::{DecisionFilter, DecisionKind};
use security_monkey_store::finding::FindingFilter;
use security_monkey_store::resource::ResourceFilter;
use security_monkey_store::{ConnectError, Missing, Page, Store, StoreError, StoreOptions};
use tokio::sync::Barrier;

use crate::fixture::{Fixture, START, alice, at, open, resource, scope, scope_of};

pub(crate) async fn every_statement_is_accepted(fixture: &Fixture) {
    let prepared = fixture.store.prepare_every_statement().await.unwrap();
    assert!(prepared > 60, "only {prepared} statements are listed");
}

pub(crate) async fn migrating_twice_changes_nothing(fixture: &Fixture) {
    let status = fixture.store.schema_status().await.unwrap();
    assert!(status.is_current());
    let salt = format!("{:?}", fixture.number("select count(*) from deployment").await);
    let report = fixture.store.migrate([9; 32], at(5)).await.unwrap();
    assert_eq!(
        (report.from, report.to, report.applied.len()),
        (status.known, status.known, 0)
    );
    assert_eq!(
        format!("{:?}", fixture.number("select count(*) from deployment").await),
        salt
    );
    assert_eq!(
        fixture.number("select created_at from deployment").await,
        START.as_micros()
    );
    // The salt is the first one given: secrets digested before and after are the same.
    let rules = security_monkey_model::document::DocumentRules {
        secret: vec![security_monkey_model::document::Path::parse("A").unwrap()],
        ..Default::default()
    };
    let digested = |salt: &security_monkey_model::document::Salt| {
        let mut document = serde_json::json!({"A": "secret"});
        rules.normalise(&mut document, salt);
        document
    };
    let kept = fixture.store.salt().await.unwrap();
    assert_eq!(
        digested(&kept),
        digested(&security_monkey_model::document::Salt::new(vec![7; 32]))
    );
}

pub(crate) async fn several_processes_may_migrate_at_once(fixture: &Fixture) {
    let empty = fixture.empty().await;
    let others = [open(&empty.url).await, open(&empty.url).await, open(&empty.url).await];
    let reports = futures::future::join_all(others.iter().map(|store| store.migrate([1; 32], START))).await;
    let applied: usize = reports.into_iter().map(|report| report.unwrap().applied.len()).sum();
    assert_eq!(applied as i64, empty.store.schema_status().await.unwrap().known);
    empty.assert_verifies().await;
}

pub(crate) async fn a_newer_schema_is_refused(fixture: &Fixture) {
    fixture
        .sql("insert into schema_migration (number, name, digest, applied_at) values (999, '0999_future', '', 0)")
        .await;
    let error = Store::connect(&fixture.url, StoreOptions::default()).await.unwrap_err();
    assert!(
        matches!(error, ConnectError::NewerSchema { found: 999, .. }),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(
        text.contains("has schema 999") && text.contains("run the newer program"),
        "{text}"
    );
}

pub(crate) async fn an_empty_database_says_what_to_run(fixture: &Fixture) {
    let empty = fixture.empty().await;
    assert_eq!(empty.store.schema_status().await.unwrap().found, 0);
    let error = empty
        .store
        .resources(&ResourceFilter::default(), &Page::first(1))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::NotMigrated { .. }), "{error:?}");
    assert!(error.to_string().contains("security-monkey db migrate"), "{error}");
}

/// What a release with schema 1 left behind. Its texts stay readable for ever, and what it knew of unread fields is taken over.
pub(crate) async fn a_database_of_version_1_is_read_and_written(fixture: &Fixture) {
    let old = fixture.empty().await;
    old.store.migrate_up_to(1, [7; 32], START).await.unwrap();
    old.load(include_str!("../data/version-1.sql")).await;
    let error = old.store.heads(&scope(), &["sg-1".parse().unwrap()]).await.unwrap_err();
    assert!(matches!(error, StoreError::NotMigrated { .. }), "{error:?}");
    assert!(error.to_string().contains("security-monkey db migrate"), "{error}");

    let report = old.store.migrate([9; 32], at(100)).await.unwrap();
    assert_eq!(
        (report.from, report.to),
        (1, old.store.schema_status().await.unwrap().known)
    );
    old.assert_verifies().await;
    let row = old.row("sg-1").await;
    let history = old.store.history(row, &Page::first(10)).await.unwrap().items;
    let changes: Vec<&str> = history.iter().map(|revision| revision.change.as_str()).collect();
    assert_eq!(changes, ["changed", "changed", "changed", "created"]);
    let first = old.store.revision(history[3].id).await.unwrap().unwrap();
    assert_eq!(first.document, Some(serde_json::json!({"Round": 0})));
    assert!(
        !old.store
            .resource(old.row("sg-2").await)
            .await
            .unwrap()
            .unwrap()
            .summary
            .is_active
    );
    let findings = old
        .store
        .findings(&FindingFilter::default(), &Page::first(10))
        .await
        .unwrap()
        .items;
    assert_eq!((findings.len(), findings[0].status.as_str()), (1, "justified"));
    assert_eq!(old.store.accounts().await.unwrap()[0].name, "production");

    let buckets = scope_of("111111111111", "global", "aws.s3.bucket");
    let ids = ["logs".parse().unwrap(), "open".parse().unwrap()];
    let mut unread: Vec<Vec<String>> = Vec::new();
    for mut head in old.store.heads(&buckets, &ids).await.unwrap() {
        head.unread.sort();
        unread.push(head.unread);
    }
    unread.sort();
    assert_eq!(
        unread,
        [["*", "Tags"], ["Policy", "Tags"]],
        "a gap without a field hides any"
    );
    assert_eq!(
        old.store.heads(&scope(), &["sg-1".parse().unwrap()]).await.unwrap()[0].unread,
        [""; 0]
    );

    old.scan(&scope(), &[resource("sg-1", serde_json::json!({"Round": 9}))], at(200))
        .await;
    assert_eq!(old.store.history(row, &Page::first(10)).await.unwrap().items.len(), 5);
    old.assert_verifies().await;
}

pub(crate) async fn a_released_migration_never_changes(fixture: &Fixture) {
    // A changed text would leave databases that have it with another schema than new ones. Add a migration instead.
    let released = [
        "1 0001_first 872f4ff081ca201581b97db3e51bbef32b96ae0b9aa39f49e592c08f1566fa8c",
        "2 0002_unread 6b980da824cdd00638b920c86ee78e27f6d2dabd5f80098c5edca2afd9b0b54b",
    ];
    let applied = fixture
        .texts("select number || ' ' || name || ' ' || digest from schema_migration order by number")
        .await;
    assert_eq!(applied[..released.len()], released);
}

pub(crate) async fn accounts_are_kept_and_their_changes_are_decisions(fixture: &Fixture) {
    let store = &fixture.store;
    let generation = store.accounts_generation().await.unwrap();
    let mut account = Account::watched(AccountId::parse("111111111111").unwrap(), "production");
    store.put_account(&account, &alice(), at(1)).await.unwrap();
    assert!(store.accounts_generation().await.unwrap() > generation);
    "paid by marketing".clone_into(&mut account.notes);
    store.put_account(&account, &alice(), at(2)).await.unwrap();
    assert_eq!(store.accounts().await.unwrap(), [account.clone()]);
    assert_eq!(store.account(&account.id).await.unwrap(), Some(account.clone()));

    let twin = Account::watched(AccountId::parse("222222222222").unwrap(), "production");
    let error = store.put_account(&twin, &alice(), at(3)).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::Conflict(what) if what.contains("111111111111")),
        "{error}"
    );
    assert_eq!(store.account(&twin.id).await.unwrap(), None);

    let decisions = store
        .decisions(&DecisionFilter::default(), &Page::default())
        .await
        .unwrap();
    assert_eq!(decisions.items.len(), 2);
    assert_eq!(decisions.items[0].kind, DecisionKind::AccountChanged);
    assert_eq!(decisions.items[0].by, alice());
    assert_eq!(decisions.items[0].body["account"]["notes"], "paid by marketing");
    fixture.assert_verifies().await;
}

/// However they meet: what one notes between another's look and its note is not missed.
pub(crate) async fn of_processes_at_odds_each_but_the_first_is_told(fixture: &Fixture) {
    const PROCESSES: usize = 12;
    let mut noting = tokio::task::JoinSet::new();
    let all_are_there = Arc::new(Barrier::new(PROCESSES));
    for process in 0..PROCESSES {
        let (store, all_are_there) = (open(&fixture.url).await, Arc::clone(&all_are_there));
        noting.spawn(async move {
            let digest = Digest::of(format!("known to {process}").as_bytes());
            all_are_there.wait().await;
            store.note_known(&digest).await.unwrap()
        });
    }
    let told = noting.join_all().await;
    assert_eq!(told.iter().filter(|is_at_odds| **is_at_odds).count(), PROCESSES - 1);
}

#[tokio::test]
async fn a_wrong_url_says_what_to_write() {
    let error = Store::connect("mysql://root:hunter2@here/db", StoreOptions::default())
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(text.contains("postgres://") && !text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn an_unreachable_database_names_itself_without_its_password() {
    let options = StoreOptions::default();
    let error = Store::connect("postgres://me:hunter2@127.0.0.1:1/db", options.clone())
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("postgres://me@127.0.0.1:1/db") && !text.contains("hunter2"),
        "{text}"
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("nowhere"), "a file, and no folder").unwrap();
    let url = format!("sqlite:{}", folder.path().join("nowhere/at/all.db").display());
    let error = Store::connect(&url, options).await.unwrap_err();
    assert!(error.to_string().contains("nowhere/at/all.db"), "{error}");
}

/// Neither an empty database, which somebody would be told to migrate, nor a line of PostgreSQL's source.
#[tokio::test]
async fn what_postgresql_refuses_is_said_in_its_own_words() {
    let fixture = Fixture::postgres().await;
    let database = fixture.texts("select cast(current_database() as text)").await.remove(0);
    let stranger = format!("stranger_of_{database}");
    fixture.sql(&format!("create role {stranger} login")).await;
    let of_stranger = fixture.url.replace("//postgres@", &format!("//{stranger}@"));
    assert_ne!(of_stranger, fixture.url);
    for (url, refusal) in [
        (
            of_stranger.clone(),
            "permission denied for table schema_migration".to_owned(),
        ),
        (
            of_stranger.replace(&format!("/{database}?"), "/none?"),
            "database \"none\" does not exist".to_owned(),
        ),
    ] {
        let error = Store::connect(&url, StoreOptions::default()).await.unwrap_err();
        let text = error.to_string();
        assert!(text.ends_with(&refusal), "{text}");
    }
    fixture.sql(&format!("drop role {stranger}")).await;
}

#[tokio::test]
async fn a_database_that_is_not_there_is_made_or_refused_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new/test.db");
    let url = format!("sqlite:{}", file.display());
    let refusing = StoreOptions {
        missing: Missing::Refuse,
        ..StoreOptions::default()
    };
    let error = Store::connect(&url, refusing.clone()).await.unwrap_err();
    assert!(
        matches!(&error, ConnectError::Missing { path } if *path == file),
        "{error}"
    );
    assert!(error.to_string().contains("hint: "), "{error}");
    assert!(!folder.path().join("new").exists(), "looking makes nothing");
    Store::connect(&url, StoreOptions::default())
        .await
        .unwrap()
        .close()
        .await;
    Store::connect(&url, refusing).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(
        &path,
        "this is no database, but it is long enough to look like a header of one".repeat(100),
    )
    .unwrap();
    let error = Store::connect(&format!("sqlite:{}", path.display()), StoreOptions::default())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("notes.txt"), "{error}");
}

#[tokio::test]
async fn only_its_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("private.db");
    let store = open(&format!("sqlite:{}", path.display())).await;
    store.migrate([7; 32], START).await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{:?}",
            file.path()
        );
    }
}

#[tokio::test]
async fn a_database_in_memory_works() {
    let store = Store::connect("sqlite::memory:", StoreOptions::default())
        .await
        .unwrap();
    store.migrate([7; 32], START).await.unwrap();
    let account = Account::watched(AccountId::parse("111111111111").unwrap(), "production");
    store.put_account(&account, &alice(), START).await.unwrap();
    assert_eq!(store.clone().accounts().await.unwrap().len(), 1);
}
