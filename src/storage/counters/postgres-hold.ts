import { mostBuried, patience, riskedPart, sharedPart, sparePart, tellMs } from "./hold.ts";
import { holdFunction } from "./postgres-hold-function.ts";

/**
 * `hold.ts`, where the counters are. One row a counter with its sums, one a holder, one for each who was taken for dead. Every asker
 * waits for the counter's row, for as long as one statement takes. The numbers of the rule are arguments, so that the function is the
 * same for all versions of them.
 */
export const holdMigration = `
  CREATE TABLE sluice.counter_books (
    id text PRIMARY KEY,
    at_ms float8 NOT NULL,
    spent float8 NOT NULL,
    granted float8 NOT NULL,
    used float8 NOT NULL,
    wished float8 NOT NULL,
    holders float8 NOT NULL,
    check_ms float8 NOT NULL,
    expires_at bigint NOT NULL
  ) WITH (fillfactor = 50);
  CREATE INDEX counter_books_by_end ON sluice.counter_books (expires_at);
  CREATE TABLE sluice.counter_holders (
    id text NOT NULL REFERENCES sluice.counter_books ON DELETE CASCADE,
    holder text NOT NULL,
    granted float8 NOT NULL,
    used float8 NOT NULL,
    step float8 NOT NULL,
    until_ms float8 NOT NULL,
    wish float8 NOT NULL,
    turn float8 NOT NULL,
    PRIMARY KEY (id, holder)
  ) WITH (fillfactor = 50);
  CREATE TABLE sluice.counter_buried (
    id text NOT NULL REFERENCES sluice.counter_books ON DELETE CASCADE,
    holder text NOT NULL,
    used float8 NOT NULL,
    at_ms float8 NOT NULL,
    PRIMARY KEY (id, holder)
  );

  CREATE FUNCTION sluice.counter_book(in_id text, in_start float8, in_expires bigint) RETURNS sluice.counter_books
  LANGUAGE plpgsql AS $book$
  DECLARE
    book sluice.counter_books;
  BEGIN
    SELECT * INTO book FROM sluice.counter_books WHERE id = in_id FOR UPDATE;
    IF NOT FOUND THEN
      INSERT INTO sluice.counter_books VALUES (in_id, in_start, 0, 0, 0, 0, 0, 9e15, in_expires) ON CONFLICT DO NOTHING;
      SELECT * INTO STRICT book FROM sluice.counter_books WHERE id = in_id FOR UPDATE;
    END IF;
    RETURN book;
  END $book$;

  CREATE FUNCTION sluice.counter_begun(book sluice.counter_books, in_start float8) RETURNS sluice.counter_books
  LANGUAGE plpgsql AS $begun$
  BEGIN
    IF book.at_ms <> in_start THEN
      DELETE FROM sluice.counter_holders WHERE id = book.id;
      DELETE FROM sluice.counter_buried WHERE id = book.id;
      book := ROW(book.id, in_start, 0, 0, 0, 0, 0, 9e15, book.expires_at)::sluice.counter_books;
    END IF;
    RETURN book;
  END $begun$;

  CREATE FUNCTION sluice.counter_kept(book sluice.counter_books, in_expires bigint) RETURNS void
  LANGUAGE sql AS $kept$
    UPDATE sluice.counter_books SET at_ms = book.at_ms, spent = book.spent, granted = book.granted, used = book.used,
      wished = book.wished, holders = book.holders, check_ms = book.check_ms, expires_at = in_expires WHERE id = book.id
  $kept$;

  ${holdFunction({ patient: false })}

  CREATE FUNCTION sluice.counter_adjust(in_id text, in_expires bigint, start_ms float8, anew boolean, more float8) RETURNS float8
  LANGUAGE plpgsql AS $adjust$
  DECLARE
    book sluice.counter_books;
  BEGIN
    book := sluice.counter_begun(sluice.counter_book(in_id, start_ms, in_expires), start_ms);
    IF anew THEN
      book.spent := -book.used;
      DELETE FROM sluice.counter_buried WHERE id = in_id;
    ELSE
      book.spent := book.spent - more;
    END IF;
    PERFORM sluice.counter_kept(book, in_expires);
    RETURN book.spent + book.used;
  END $adjust$;
`;

/** What stands of another window is put aside. The columns are empty where nothing is. */
export const asideMigration = `
  ALTER TABLE sluice.counter_books ADD COLUMN aside_ms float8, ADD COLUMN aside_spent float8;
  CREATE TABLE sluice.counter_aside (
    id text NOT NULL REFERENCES sluice.counter_books ON DELETE CASCADE,
    holder text NOT NULL,
    used float8 NOT NULL,
    at_ms float8 NOT NULL,
    PRIMARY KEY (id, holder)
  ) WITH (fillfactor = 50);

  CREATE OR REPLACE FUNCTION sluice.counter_begun(book sluice.counter_books, in_start float8) RETURNS sluice.counter_books
  LANGUAGE plpgsql AS $begun$
  DECLARE
    is_back boolean := coalesce(book.aside_ms = in_start, false);
    gone sluice.counter_buried[];
  BEGIN
    IF book.at_ms = in_start THEN
      RETURN book;
    END IF;
    INSERT INTO sluice.counter_buried
    SELECT each.id, each.holder, greatest(each.used, least(each.granted, each.used + each.step)), in_start
      FROM sluice.counter_holders AS each WHERE each.id = book.id
    ON CONFLICT (id, holder) DO UPDATE SET used = excluded.used, at_ms = excluded.at_ms;
    SELECT book.spent + coalesce(sum(greatest(each.used, least(each.granted, each.used + each.step))), 0) INTO book.spent
      FROM sluice.counter_holders AS each WHERE each.id = book.id;
    DELETE FROM sluice.counter_holders WHERE id = book.id;
    SELECT coalesce(array_agg(each), '{}') INTO gone FROM sluice.counter_buried AS each WHERE each.id = book.id;
    DELETE FROM sluice.counter_buried WHERE id = book.id;
    IF is_back THEN
      INSERT INTO sluice.counter_buried SELECT each.id, each.holder, each.used, each.at_ms FROM sluice.counter_aside AS each
        WHERE each.id = book.id;
    END IF;
    DELETE FROM sluice.counter_aside WHERE id = book.id;
    INSERT INTO sluice.counter_aside SELECT each.id, each.holder, each.used, each.at_ms FROM unnest(gone) AS each;
    RETURN ROW(
      book.id, in_start, CASE WHEN is_back THEN book.aside_spent ELSE 0 END, 0, 0, 0, 0, 9e15, book.expires_at, book.at_ms, book.spent
    )::sluice.counter_books;
  END $begun$;

  CREATE OR REPLACE FUNCTION sluice.counter_kept(book sluice.counter_books, in_expires bigint) RETURNS void
  LANGUAGE sql AS $kept$
    UPDATE sluice.counter_books SET at_ms = book.at_ms, spent = book.spent, granted = book.granted, used = book.used,
      wished = book.wished, holders = book.holders, check_ms = book.check_ms, expires_at = in_expires,
      aside_ms = book.aside_ms, aside_spent = book.aside_spent WHERE id = book.id
  $kept$;
`;

/** Nobody is taken for alive for longer than the longest patience. */
export const patienceMigration = `
  ${holdFunction({ patient: true })}
`;

/** The last arguments of `sluice.counter_hold`, behind `skewMs`. */
export const ruleNumbers = [
  ...[mostBuried, sharedPart, sparePart, riskedPart],
  ...[tellMs.least, tellMs.ofHolder, tellMs.most, patience.leastMs, patience.tells],
];
