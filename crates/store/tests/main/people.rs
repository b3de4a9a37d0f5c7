//! Users, sessions, tokens, comments.

use security_monkey_model::{Digest, Role};
use security_monkey_store::decision::{Author, DecisionFilter, DecisionKind};
use security_monkey_store::user::Session;
use security_monkey_store::{Page, ResourceRow, StoreError};
use serde_json::json;

use crate::fixture::{Fixture, alice, at, email, resource, scope};

fn session(token: &str, user: &str) -> Session {
    Session {
        token: Digest::of(token.as_bytes()),
        csrf: Digest::of(b"csrf"),
        user: email(user),
        created_at: at(10),
        seen_at: at(10),
        expires_at: at(100),
    }
}

pub(crate) async fn users_sign_in_and_out(fixture: &Fixture) {
    let store = &fixture.store;
    let bob = email("bob@example.org");
    store
        .add_user(&bob, Role::View, Some("$argon2id$1"), &alice(), at(1))
        .await
        .unwrap();
    let error = store
        .add_user(&bob, Role::Admin, None, &alice(), at(2))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
    store.set_role(&bob, Role::Justify, &alice(), at(3)).await.unwrap();
    let user = store.user(&bob).await.unwrap().unwrap();
    assert_eq!(
        (user.role, user.password_hash.as_deref(), user.created_at),
        (Role::Justify, Some("$argon2id$1"), at(1))
    );
    assert_eq!(store.users().await.unwrap(), std::slice::from_ref(&user));
    let nobody = email("nobody@example.org");
    assert_eq!(store.user(&nobody).await.unwrap(), None);
    let error = store.set_role(&nobody, Role::Admin, &alice(), at(3)).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(_)), "{error:?}");

    let (one, two, three) = (
        session("1", "bob@example.org"),
        session("2", "bob@example.org"),
        session("3", "bob@example.org"),
    );
    for session in [&one, &two, &three] {
        store.create_session(session).await.unwrap();
    }
    assert_eq!(
        store.session(&one.token, at(99)).await.unwrap(),
        Some((one.clone(), user))
    );
    assert_eq!(store.session(&one.token, at(100)).await.unwrap(), None, "past its end");
    store.touch_session(&one.token, at(50)).await.unwrap();
    assert_eq!(
        store.session(&one.token, at(60)).await.unwrap().unwrap().0.seen_at,
        at(50)
    );
    store.delete_session(&one.token).await.unwrap();
    assert_eq!(store.session(&one.token, at(60)).await.unwrap(), None);
    assert_eq!(store.delete_sessions_of(&bob, Some(&two.token)).await.unwrap(), 1);
    assert!(store.session(&two.token, at(60)).await.unwrap().is_some());
    store
        .set_password_hash(&bob, "$argon2id$2", &alice(), at(70))
        .await
        .unwrap();
    assert_eq!(
        store.session(&two.token, at(71)).await.unwrap(),
        None,
        "a new password ends sessions"
    );
    store.create_session(&session("4", "bob@example.org")).await.unwrap();
    assert_eq!(store.prune_sessions(at(100)).await.unwrap(), 1);
    let filter = DecisionFilter {
        kinds: vec![DecisionKind::UserChanged],
        ..DecisionFilter::default()
    };
    let decisions = store.decisions(&filter, &Page::default()).await.unwrap().items;
    assert_eq!(decisions.len(), 3);
    assert!(
        decisions
            .iter()
            .all(|decision| !decision.body.to_string().contains("argon2")),
        "no hash in the log"
    );
    fixture.assert_verifies().await;
}

pub(crate) async fn a_password_reset_by_somebody_else_revokes_tokens(fixture: &Fixture) {
    let store = &fixture.store;
    let bob = email("bob@example.org");
    store.add_user(&bob, Role::Admin, None, &alice(), at(1)).await.unwrap();
    let digest = Digest::of(b"token");
    store
        .create_token(&digest, &bob, "ci", Role::View, None, at(2))
        .await
        .unwrap();
    let own = Author::User(bob.clone());
    store.set_password_hash(&bob, "$argon2id$2", &own, at(3)).await.unwrap();
    assert!(store.token(&digest, at(4)).await.unwrap().is_some(), "their own change");
    store
        .set_password_hash(&bob, "$argon2id$3", &alice(), at(5))
        .await
        .unwrap();
    assert_eq!(store.token(&digest, at(6)).await.unwrap(), None);
}

pub(crate) async fn a_disabled_user_has_neither_session_nor_token(fixture: &Fixture) {
    let store = &fixture.store;
    let bob = email("bob@example.org");
    store.add_user(&bob, Role::Admin, None, &alice(), at(1)).await.unwrap();
    store.create_session(&session("1", "bob@example.org")).await.unwrap();
    let digest = Digest::of(b"token");
    store
        .create_token(&digest, &bob, "ci", Role::View, None, at(2))
        .await
        .unwrap();
    assert!(store.token(&digest, at(3)).await.unwrap().is_some());
    store.set_disabled(&bob, true, &alice(), at(4)).await.unwrap();
    assert_eq!(store.user(&bob).await.unwrap().unwrap().disabled_at, Some(at(4)));
    for disabled in [true, false] {
        if !disabled {
            store.set_disabled(&bob, false, &alice(), at(5)).await.unwrap();
        }
        assert_eq!(
            store
                .session(&session("1", "bob@example.org").token, at(6))
                .await
                .unwrap(),
            None
        );
        assert_eq!(store.token(&digest, at(6)).await.unwrap(), None, "revoked for good");
    }
}

pub(crate) async fn tokens_end(fixture: &Fixture) {
    let store = &fixture.store;
    let bob = email("bob@example.org");
    store.add_user(&bob, Role::Admin, None, &alice(), at(1)).await.unwrap();
    let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
    let first = store
        .create_token(&one, &bob, "nightly", Role::View, Some(at(50)), at(2))
        .await
        .unwrap();
    let second = store
        .create_token(&two, &bob, "for ever", Role::Justify, None, at(3))
        .await
        .unwrap();
    let (token, owner) = store.token(&one, at(49)).await.unwrap().unwrap();
    assert_eq!(
        (token.id, &token.name[..], token.role, owner.role),
        (first, "nightly", Role::View, Role::Admin)
    );
    assert_eq!(store.token(&one, at(50)).await.unwrap(), None);
    store.touch_token(second, at(20)).await.unwrap();
    store.revoke_token(second, at(30)).await.unwrap();
    store.revoke_token(second, at(40)).await.unwrap();
    assert_eq!(store.token(&two, at(31)).await.unwrap(), None);
    let listed = store.tokens(Some(&bob)).await.unwrap();
    assert_eq!(
        listed
            .iter()
            .map(|token| (token.id, token.used_at, token.revoked_at))
            .collect::<Vec<_>>(),
        [(second, Some(at(20)), Some(at(30))), (first, None, None)]
    );
    let nobody = email("nobody@example.org");
    let error = store
        .create_token(&Digest::of(b"3"), &nobody, "x", Role::View, None, at(2))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::NotFound(_)), "{error:?}");
}

pub(crate) async fn comments_are_kept(fixture: &Fixture) {
    let store = &fixture.store;
    fixture.scan(&scope(), &[resource("sg-1", json!({}))], at(1)).await;
    let row = fixture.row("sg-1").await;
    for n in 0..3 {
        store
            .comment(row, &alice(), &format!(" remark {n} "), at(10 + n))
            .await
            .unwrap();
    }
    let first = store.comments(row, &Page::first(2)).await.unwrap();
    assert_eq!(
        first.items.iter().map(|comment| &comment.text[..]).collect::<Vec<_>>(),
        ["remark 2", "remark 1"]
    );
    let rest = store.comments(row, &Page::after(first.next.unwrap(), 2)).await.unwrap();
    assert_eq!((rest.items.len(), rest.next), (1, None));
    assert!(matches!(
        store.comment(row, &alice(), "", at(20)).await,
        Err(StoreError::InvalidRequest(_))
    ));
    assert!(matches!(
        store.comment(row, &alice(), &"x".repeat(10_001), at(20)).await,
        Err(StoreError::InvalidRequest(_))
    ));
    assert!(matches!(
        store.comment(ResourceRow(99), &alice(), "x", at(20)).await,
        Err(StoreError::NotFound(_))
    ));
    let filter = DecisionFilter {
        resource: Some(row),
        ..DecisionFilter::default()
    };
    let page = store.decisions(&filter, &Page::first(2)).await.unwrap();
    assert_eq!(page.items[0].body["text"], "remark 2");
    assert!(page.next.is_some());
    fixture.assert_verifies().await;
}
