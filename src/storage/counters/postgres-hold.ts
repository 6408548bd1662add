import { mostBuried, patience, riskedPart, sharedPart, sparePart, tellMs } from "./hold.ts";

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

  CREATE FUNCTION sluice.counter_hold(
    in_id text, me text, in_expires bigint, lim float8, start_ms float8, standing boolean, in_turn float8, in_used float8,
    need float8, in_wish float8, spare float8, keep float8, leaves boolean, now_ms float8,
    skew_ms float8, most_buried integer, shared_part float8, spare_part float8, risked_part float8,
    tell_least float8, tell_of_holder float8, tell_most float8, patience_least float8, patience_tells float8
  ) RETURNS float8[] LANGUAGE plpgsql AS $hold$
  DECLARE
    book sluice.counter_books;
    mine sluice.counter_holders;
    back float8;
    others float8; counted float8; room float8; unused float8; part float8; fair float8; free float8; step_ float8; alive float8;
  BEGIN
    book := sluice.counter_book(in_id, start_ms, in_expires);
    IF book.at_ms > start_ms AND book.at_ms <= now_ms + skew_ms THEN
      RETURN ARRAY[0, 0, 0, book.spent + book.used, book.granted, book.holders];
    END IF;
    book := sluice.counter_begun(book, start_ms);
    SELECT * INTO mine FROM sluice.counter_holders WHERE id = in_id AND holder = me;
    IF mine.turn >= in_turn THEN
      RETURN ARRAY[0, 0, 0, book.spent + book.used, book.granted, book.holders];
    END IF;

    IF now_ms >= book.check_ms THEN
      WITH dead AS (
        DELETE FROM sluice.counter_holders WHERE id = in_id AND holder <> me AND until_ms <= now_ms RETURNING *
      ), buried AS (
        INSERT INTO sluice.counter_buried
        SELECT in_id, holder, greatest(used, least(granted, used + step)), now_ms FROM dead WHERE NOT standing
        ON CONFLICT (id, holder) DO UPDATE SET used = excluded.used, at_ms = excluded.at_ms
        RETURNING used
      )
      SELECT book.granted - coalesce(sum(granted), 0), book.used - coalesce(sum(used), 0), book.wished - coalesce(sum(wish), 0),
        book.holders - count(*), book.spent + coalesce((SELECT sum(used) FROM buried), 0)
      INTO book.granted, book.used, book.wished, book.holders, book.spent FROM dead;
      SELECT coalesce(min(until_ms), 9e15) INTO book.check_ms FROM sluice.counter_holders WHERE id = in_id AND holder <> me;
      DELETE FROM sluice.counter_buried WHERE id = in_id AND holder IN (
        SELECT holder FROM sluice.counter_buried WHERE id = in_id ORDER BY at_ms DESC OFFSET most_buried
      );
    END IF;

    DELETE FROM sluice.counter_buried WHERE id = in_id AND holder = me RETURNING used INTO back;
    book.spent := book.spent - coalesce(back, 0);
    IF mine.id IS NOT NULL THEN
      book.granted := book.granted - mine.granted;
      book.used := book.used - mine.used;
      book.wished := book.wished - mine.wish;
      book.holders := book.holders - 1;
    END IF;
    others := book.granted;
    counted := book.holders + 1;
    IF leaves THEN
      IF NOT standing THEN
        book.spent := book.spent + in_used;
      END IF;
      DELETE FROM sluice.counter_holders WHERE id = in_id AND holder = me;
      PERFORM sluice.counter_kept(book, in_expires);
      RETURN ARRAY[0, 0, lim - book.spent - book.granted, book.spent + book.used, others, counted];
    END IF;

    room := lim - book.spent - book.granted - in_used;
    unused := lim - book.spent - book.used - in_used;
    fair := 0;
    IF room > 0 THEN
      part := 0;
      IF in_wish > 0 THEN
        part := floor(least(room * shared_part, (unused * shared_part * in_wish) / (book.wished + in_wish)));
      END IF;
      fair := least(room, greatest(need, least(in_wish, part)));
    END IF;
    free := greatest(0, least(spare, floor((room * spare_part) / counted)));
    free := greatest(free, least(keep, greatest(0, coalesce(mine.granted, 0) - in_used)), fair);
    step_ := least(free, greatest(need, keep, ceil(room * risked_part)));
    alive := now_ms + greatest(patience_least, least(tell_most, greatest(tell_least, counted * tell_of_holder)) * patience_tells);
    book.granted := book.granted + in_used + free;
    book.used := book.used + in_used;
    book.wished := book.wished + in_wish;
    book.holders := counted;
    book.check_ms := least(book.check_ms, alive);
    INSERT INTO sluice.counter_holders VALUES (in_id, me, in_used + free, in_used, step_, alive, in_wish, in_turn)
    ON CONFLICT (id, holder) DO UPDATE SET granted = excluded.granted, used = excluded.used, step = excluded.step,
      until_ms = excluded.until_ms, wish = excluded.wish, turn = excluded.turn;
    PERFORM sluice.counter_kept(book, in_expires);
    RETURN ARRAY[free, step_, greatest(0, room - free), book.spent + book.used, others, counted];
  END $hold$;

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

/** The last arguments of `sluice.counter_hold`, behind `skewMs`. */
export const ruleNumbers = [
  ...[mostBuried, sharedPart, sparePart, riskedPart],
  ...[tellMs.least, tellMs.ofHolder, tellMs.most, patience.leastMs, patience.tells],
];
