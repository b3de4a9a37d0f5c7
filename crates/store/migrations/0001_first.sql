-- The first schema. One text for both engines: words in curly braces are replaced by the dialect (src/dialect/).
-- Instants are microseconds since 1970; booleans are 0 and 1; JSON is text in canonical form.

create table deployment (
    id         {integer} not null primary key,             -- 1
    salt       {bytes} not null,                           -- of secret digests; never changes
    created_at {integer} not null
) {table};

-- Numbers that other processes watch.
create table generation (
    name  {text} not null primary key,
    value {integer} not null
) {table};
insert into generation (name, value) values ('configuration', 0), ('expanded-event', 0);

create table account (
    id   {text} not null primary key,
    name {text} not null unique,
    body {text} not null                                   -- model::Account
) {table};

create table scope (
    id               {number},
    account          {text} not null,
    region           {text} not null,
    technology       {text} not null,
    last_scan        {integer},
    last_started_at  {integer},
    last_finished_at {integer},
    last_complete_at {integer},
    is_complete      {integer} not null default 0,
    unique (account, technology, region)
) {table};

create table scan (
    id          {number},
    scope       {integer} not null,
    started_at  {integer} not null,
    finished_at {integer},
    is_complete {integer} not null default 0,
    resources   {integer} not null default 0,
    created     {integer} not null default 0,
    changed     {integer} not null default 0,
    deleted     {integer} not null default 0,
    gaps        {integer} not null default 0,
    calls       {integer} not null default 0
) {table};
create index scan_scope on scan (scope, id);
create index scan_started on scan (started_at);

-- One row per thing ever seen, deleted ones included. Narrow: documents, tags and tokens are beside it. An unchanged scan writes
-- nothing here; when a resource was last seen follows from its scope.
create table resource (
    id              {number},
    scope           {integer} not null,
    account         {text} not null,
    region          {text} not null,                       -- of the scan
    technology      {text} not null,
    aws_id          {text} not null,
    name            {text} not null,
    arn             {text},
    home_region     {text} not null,
    search          {text} not null,                       -- lower-case name, ARN and id
    is_active       {integer} not null,
    first_seen      {integer} not null,
    last_seen       {integer} not null,                    -- at its last revision or before its deletion
    latest_revision {integer} not null default 0,          -- set in the transaction that inserts the row
    latest_change   {text} not null,
    changed_at      {integer} not null,
    full_digest     {bytes} not null,
    durable_digest  {bytes} not null,
    ruleset         {bytes},
    highest_score   {integer} not null default -1,         -- of its open findings; -1: none
    open_findings   {integer} not null default 0,
    justified_findings {integer} not null default 0
) {table};
create unique index resource_key on resource (scope, aws_id);
create index resource_account on resource (account, id);
create index resource_place on resource (account, technology, id);
create index resource_technology on resource (technology, id);
create index resource_aws_id on resource (aws_id);
create index resource_arn on resource (arn) where arn is not null;
create index resource_score on resource (highest_score, id);
create index resource_changed on resource (changed_at, id);
create index resource_name on resource (name, id);

create table current_document (
    resource {integer} not null primary key,
    body     {text} not null
) {table};

create table resource_tag (
    resource {integer} not null,
    key      {text} not null,
    value    {text} not null,
    primary key (resource, key)
) {keyed};
create index resource_tag_value on resource_tag (key, value, resource);

create table link (
    resource      {integer} not null,
    to_technology {text} not null,
    to_id         {text} not null,
    primary key (resource, to_technology, to_id)
) {keyed};
create index link_target on link (to_technology, to_id, resource);

-- Words of current documents, for the search: table resource_words (rowid, words), which each engine makes in its own way
-- (src/dialect/).

create table dictionary (
    id         {integer} not null primary key,
    created_at {integer} not null,
    body       {bytes} not null
) {table};

-- One transaction that recorded something.
create table recording (
    id {number},
    at {integer} not null
) {table};

-- Insert-only.
create table revision (
    id             {number},
    resource       {integer} not null,
    observed_at    {integer} not null,
    change         {text} not null,
    recording      {integer} not null,
    full_digest    {bytes} not null,
    durable_digest {bytes} not null,
    actor          {text},
    dictionary     {integer} not null,                     -- 0: none
    body           {bytes} not null                        -- zstd of the canonical document; empty: a deletion
) {table};
create index revision_resource on revision (resource, observed_at desc, id desc);
create index revision_observed on revision (observed_at);

-- Insert-only. One entry per recording that has revisions or decisions; hash covers the entry before.
create table chain (
    seq            {integer} not null primary key,
    at             {integer} not null,
    recording      {integer} not null unique,
    revisions      {integer} not null,
    first_revision {integer} not null,
    last_revision  {integer} not null,
    decisions      {integer} not null,
    first_decision {integer} not null,
    last_decision  {integer} not null,
    digest         {bytes} not null,
    hash           {bytes} not null
) {table};

-- One row. Locked by whoever appends to the chain or the outbox, so both are in the order of commits.
create table chain_head (
    id   {integer} not null primary key,
    seq  {integer} not null,
    hash {bytes} not null
) {table};

-- Insert-only.
create table decision (
    id        {number},
    recording {integer} not null,
    at        {integer} not null,
    author    {text} not null,
    kind      {text} not null,
    finding   {integer},
    resource  {integer},
    rule      {text},
    body      {text} not null
) {table};
create index decision_finding on decision (finding, id) where finding is not null;
create index decision_resource on decision (resource, id) where resource is not null;

create table finding (
    id             {number},
    resource       {integer} not null,
    account        {text} not null,
    home_region    {text} not null,
    technology     {text} not null,
    rule           {text} not null,
    subject        {text} not null,
    message        {text} not null,
    evidence       {text} not null,
    search         {text} not null,                        -- lower-case message, subject, rule, and the resource's name and ARN
    score          {integer} not null,
    rule_score     {integer} not null,
    status         {text} not null,
    is_live        {integer} not null default 1,                   -- open or reopened
    opened_at      {integer} not null,
    changed_at     {integer} not null,
    justified_by   {text},
    justified_why  {text},
    justified_at   {integer},
    justified_until {integer}
) {table};
create unique index finding_identity on finding (resource, rule, subject);
create index finding_score on finding (score, id);
create index finding_live on finding (account, score) where is_live = 1;
create index finding_rule on finding (rule, status);
create index finding_expiry on finding (justified_until) where status = 'justified' and justified_until is not null;

-- Insert-only: the life of findings.
create table finding_change (
    id      {number},
    finding {integer} not null,
    at      {integer} not null,
    status  {text} not null,
    score   {integer} not null,
    message {text} not null
) {table};
create index finding_change_finding on finding_change (finding, at, id);

create table verdict (
    resource {integer} not null,
    rule     {text} not null,
    verdict  {text} not null,
    reason   {text} not null,
    since    {integer} not null,
    primary key (resource, rule)
) {keyed};

create table rule_setting (
    rule        {text} not null,
    account     {text} not null,                           -- empty: all accounts
    is_disabled {integer} not null,
    score       {integer},
    reason      {text} not null,
    author      {text} not null,
    at          {integer} not null,
    primary key (rule, account)
) {keyed};

create table comment (
    id       {number},
    resource {integer} not null,
    author   {text} not null,
    at       {integer} not null,
    body     {text} not null
) {table};
create index comment_resource on comment (resource, id);

create table gap (
    id          {number},
    scope       {integer} not null,
    account     {text} not null,
    region      {text} not null,
    technology  {text} not null,
    resource    {text},
    field       {text},
    operation   {text} not null,
    cause       {text} not null,
    code        {text},
    message     {text} not null,
    is_listing  {integer} not null,                        -- hides resources
    is_expected {integer} not null,
    since       {integer} not null
) {table};
create index gap_scope on gap (scope);

create table app_user (
    email         {text} not null primary key,
    role          {text} not null,
    password_hash {text},
    disabled_at   {integer},
    created_at    {integer} not null
) {table};

create table session (
    token      {bytes} not null primary key,
    csrf       {bytes} not null,
    email      {text} not null,
    created_at {integer} not null,
    seen_at    {integer} not null,
    expires_at {integer} not null
) {table};
create index session_email on session (email);

create table api_token (
    id         {number},
    digest     {bytes} not null unique,
    email      {text} not null,
    name       {text} not null,
    role       {text} not null,
    created_at {integer} not null,
    expires_at {integer},
    used_at    {integer},
    revoked_at {integer}
) {table};
create index api_token_email on api_token (email);

create table event (
    id         {number},
    at         {integer} not null,
    kind       {text} not null,
    body       {text} not null
) {table};

create table subscription (
    id         {number},
    email      {text},
    channel    {text} not null,
    target     {text} not null,
    settings   {text} not null,
    filter     {text} not null,
    is_enabled {integer} not null,
    created_at {integer} not null
) {table};

create table delivery (
    id           {number},
    event        {integer} not null,
    subscription {integer} not null,
    channel      {text} not null,
    state        {text} not null,
    attempts     {integer} not null default 0,
    due_at       {integer} not null,                       -- also the end of a claim
    fence        {integer} not null default 0,
    error        {text},
    sent_at      {integer},
    unique (event, subscription)
) {table};
create index delivery_due on delivery (due_at, id) where state = 'pending';

create table lease (
    name    {text} not null primary key,
    owner   {text} not null,
    fence   {integer} not null,
    ends_at {integer} not null
) {table};
