/**
 * What operators decide, in PostgreSQL: the columns of SQLite's schema. Texts are ordered by their bytes, as SQLite orders them. Steps
 * are added at the end, beside those of `control.ts`, and never edited.
 */
export const postgresControlMigrations: readonly string[] = [
  `
  -- Moves once with each transaction that makes readers look again.
  CREATE TABLE sluice.control_changes (one smallint PRIMARY KEY CHECK (one = 1), number bigint NOT NULL, raised_by xid8);
  INSERT INTO sluice.control_changes (one, number) VALUES (1, 1);
  CREATE FUNCTION sluice.raise_control_changes() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    UPDATE sluice.control_changes SET number = number + 1, raised_by = pg_current_xact_id()
      WHERE raised_by IS DISTINCT FROM pg_current_xact_id();
    RETURN NULL;
  END $$;

  -- What JSON may hold and PostgreSQL's texts may not (NUL, half a pair) becomes another sign: only other members are asked for.
  CREATE FUNCTION sluice.as_json(written text) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT regexp_replace(written, '\\\\u(0000|d[89a-f][0-9a-f]{2})', '\\\\u0001', 'g')::json
  $$;

  CREATE TABLE sluice.keys (
    id text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('key', 'admin')),
    name text COLLATE "C" NOT NULL,
    hash text COLLATE "C" NOT NULL UNIQUE,
    hint text NOT NULL,
    team text COLLATE "C",
    "user" text COLLATE "C",
    scopes text NOT NULL,
    models text,
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint,
    last_used_at bigint,
    organisation text COLLATE "C",
    application text COLLATE "C",
    service_account text COLLATE "C",
    role text COLLATE "C",
    networks text,
    metadata text,
    change bigint NOT NULL,
    limits text,
    budget text,
    counted_as text,
    may_pass_user smallint
  ) WITH (fillfactor = 80);
  CREATE INDEX keys_by_change ON sluice.keys (change);
  CREATE INDEX keys_by_name ON sluice.keys (name);
  CREATE INDEX keys_by_team ON sluice.keys (team, id);
  CREATE INDEX keys_organisations ON sluice.keys (organisation) WHERE organisation IS NOT NULL;
  -- Numbers come in the order of the commits: whoever takes one is alone until its transaction ends. The lock is control's own.
  CREATE SEQUENCE sluice.key_changes;
  CREATE FUNCTION sluice.number_key() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_advisory_xact_lock(7582419342);
    NEW.change := nextval('sluice.key_changes');
    RETURN NEW;
  END $$;
  CREATE TRIGGER key_inserted BEFORE INSERT ON sluice.keys FOR EACH ROW EXECUTE FUNCTION sluice.number_key();
  CREATE TRIGGER key_changed BEFORE UPDATE ON sluice.keys FOR EACH ROW
    WHEN (NEW.last_used_at IS NOT DISTINCT FROM OLD.last_used_at) EXECUTE FUNCTION sluice.number_key();
  CREATE TRIGGER key_insertion_told AFTER INSERT ON sluice.keys FOR EACH STATEMENT EXECUTE FUNCTION sluice.raise_control_changes();
  CREATE TRIGGER key_change_told AFTER UPDATE ON sluice.keys FOR EACH ROW
    WHEN (NEW.change IS DISTINCT FROM OLD.change) EXECUTE FUNCTION sluice.raise_control_changes();

  CREATE TABLE sluice.directory (
    id text COLLATE "C" PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    organisation text COLLATE "C",
    team text COLLATE "C",
    name text COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    external_id text COLLATE "C",
    active smallint NOT NULL,
    fields text NOT NULL,
    revision bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
  );
  CREATE UNIQUE INDEX directory_names ON sluice.directory (kind, COALESCE(organisation, ''), name_key) WHERE kind <> 'organisation';
  CREATE UNIQUE INDEX directory_organisations ON sluice.directory (name_key) WHERE kind = 'organisation';
  CREATE UNIQUE INDEX directory_externals ON sluice.directory (kind, COALESCE(organisation, ''), external_id) WHERE external_id IS NOT NULL;
  CREATE INDEX directory_lists ON sluice.directory (kind, organisation, id);
  CREATE INDEX directory_teams ON sluice.directory (team) WHERE team IS NOT NULL;
  CREATE TABLE sluice.directory_changes (one smallint PRIMARY KEY CHECK (one = 1), count bigint NOT NULL);
  INSERT INTO sluice.directory_changes (one, count) VALUES (1, 1);
  CREATE FUNCTION sluice.count_directory_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    UPDATE sluice.directory_changes SET count = count + 1;
    RETURN NULL;
  END $$;
  CREATE TRIGGER directory_changed AFTER INSERT OR UPDATE OR DELETE ON sluice.directory
    FOR EACH ROW EXECUTE FUNCTION sluice.count_directory_change();
  CREATE TRIGGER directory_change_told AFTER INSERT OR UPDATE OR DELETE ON sluice.directory
    FOR EACH STATEMENT EXECUTE FUNCTION sluice.raise_control_changes();

  CREATE TABLE sluice.denials (
    id text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('token', 'subject')),
    issuer text NOT NULL,
    value text NOT NULL,
    reason text,
    created_at bigint NOT NULL,
    ends_at bigint
  );
  CREATE TRIGGER denial_told AFTER INSERT OR UPDATE OR DELETE ON sluice.denials
    FOR EACH STATEMENT EXECUTE FUNCTION sluice.raise_control_changes();

  CREATE TABLE sluice.audit (seq bigint PRIMARY KEY, line text NOT NULL, hash text NOT NULL, organisation text COLLATE "C");
  CREATE INDEX audit_by_organisation ON sluice.audit (organisation, seq) WHERE organisation IS NOT NULL;
  CREATE TABLE sluice.audit_head (one smallint PRIMARY KEY CHECK (one = 1), head text NOT NULL);
  -- Whose an act is stands in its line, which is hashed; beside it, to be found by.
  CREATE FUNCTION sluice.read_owner() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    NEW.organisation := sluice.as_json(NEW.line) ->> 'organisation';
    RETURN NEW;
  END $$;
  CREATE TRIGGER audit_owner BEFORE INSERT OR UPDATE ON sluice.audit FOR EACH ROW EXECUTE FUNCTION sluice.read_owner();

  CREATE TABLE sluice.sessions (
    id text COLLATE "C" PRIMARY KEY,
    hash text COLLATE "C" NOT NULL UNIQUE,
    holder text NOT NULL CHECK (holder IN ('browser', 'command-line')),
    name text NOT NULL,
    user_id text COLLATE "C",
    issuer text,
    subject text,
    provider_session text,
    key_id text COLLATE "C",
    key_hash text,
    roles text NOT NULL,
    created_at bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    idle_ms bigint NOT NULL,
    ends_at bigint NOT NULL,
    user_agent text NOT NULL,
    address text NOT NULL,
    revoked_at bigint
  );
  CREATE INDEX sessions_by_user ON sluice.sessions (user_id);
  CREATE INDEX sessions_by_subject ON sluice.sessions (subject);
  CREATE INDEX sessions_by_end ON sluice.sessions (ends_at);

  CREATE TABLE sluice.used_once (hash text COLLATE "C" PRIMARY KEY, ends_at bigint NOT NULL);
  CREATE TABLE sluice.waiting_devices (
    hash text COLLATE "C" PRIMARY KEY,
    user_hash text COLLATE "C" NOT NULL UNIQUE,
    user_agent text NOT NULL,
    address text NOT NULL,
    created_at bigint NOT NULL,
    ends_at bigint NOT NULL,
    asked_at bigint NOT NULL,
    answer text
  );

  CREATE TABLE sluice.sealed_secrets (
    id text COLLATE "C" PRIMARY KEY,
    tenant text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    hint text NOT NULL,
    master_key text COLLATE "C" NOT NULL,
    wrapped_key text NOT NULL,
    sealed text NOT NULL,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    UNIQUE (tenant, name)
  );
  CREATE INDEX sealed_secrets_by_master_key ON sluice.sealed_secrets (master_key);
  CREATE TABLE sluice.guarded_master_keys (
    id text COLLATE "C" PRIMARY KEY, guard text NOT NULL, sealed text NOT NULL, created_at bigint NOT NULL
  );
  CREATE TABLE sluice.sealed_revision (one smallint PRIMARY KEY CHECK (one = 1), revision bigint NOT NULL);
  INSERT INTO sluice.sealed_revision VALUES (1, 0);

  CREATE TABLE sluice.config_versions (
    number bigint PRIMARY KEY,
    at bigint NOT NULL,
    author_id text NOT NULL,
    author_name text NOT NULL,
    operation text NOT NULL,
    reason text,
    changes text NOT NULL
  );
  CREATE TABLE sluice.config_objects (
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    definition text NOT NULL,
    position bigint NOT NULL,
    source text NOT NULL,
    owner text,
    revision bigint NOT NULL REFERENCES sluice.config_versions (number),
    PRIMARY KEY (kind, name)
  );

  CREATE TABLE sluice.scim_tokens (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    hash text COLLATE "C" NOT NULL UNIQUE,
    hint text NOT NULL,
    organisation text COLLATE "C",
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint
  );

  CREATE TABLE sluice.outbox (
    id text COLLATE "C" PRIMARY KEY,
    target text NOT NULL,
    body text NOT NULL,
    created_at bigint NOT NULL,
    due_at bigint NOT NULL,
    tries bigint NOT NULL,
    ended_at bigint
  );
  CREATE INDEX outbox_due ON sluice.outbox (due_at) WHERE ended_at IS NULL;
  `,
  `
  -- As directory_moves and repetitions of control.ts. Whoever takes a number is alone until its transaction ends.
  CREATE TABLE sluice.directory_moves (id text COLLATE "C" PRIMARY KEY, kind text COLLATE "C" NOT NULL, change bigint NOT NULL);
  INSERT INTO sluice.directory_moves (id, kind, change) SELECT id, kind, ROW_NUMBER() OVER (ORDER BY id) FROM sluice.directory;
  CREATE UNIQUE INDEX directory_moves_by_change ON sluice.directory_moves (change);
  CREATE FUNCTION sluice.number_directory_move() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    moved sluice.directory := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  BEGIN
    PERFORM pg_advisory_xact_lock(7582419342);
    INSERT INTO sluice.directory_moves (id, kind, change)
      VALUES (moved.id, moved.kind, (SELECT COALESCE(MAX(change), 0) + 1 FROM sluice.directory_moves))
      ON CONFLICT (id) DO UPDATE SET change = excluded.change;
    RETURN NULL;
  END $$;
  CREATE TRIGGER directory_moved AFTER INSERT OR UPDATE OR DELETE ON sluice.directory
    FOR EACH ROW EXECUTE FUNCTION sluice.number_directory_move();

  CREATE TABLE sluice.repetitions (
    id text COLLATE "C" PRIMARY KEY,
    request text NOT NULL,
    done smallint NOT NULL,
    reply text,
    ends_at bigint NOT NULL
  );
  CREATE INDEX repetitions_by_end ON sluice.repetitions (ends_at);
  `,
];
