/**
 * `sluice.counter_hold`, of which the migrations hold two. Their texts never change: what is mended comes as another migration.
 * @param patient as it is since the second: nobody is taken for alive for longer than the longest patience, when the clock was put back
 */
export function holdFunction({ patient }: { readonly patient: boolean }): string {
  const replacing = patient ? "OR REPLACE " : "";
  const longest = patient ? "\n    longest float8 := greatest(patience_least, tell_most * patience_tells);" : "";
  const orBack = patient ? " OR (book.holders > 0 AND book.check_ms > now_ms + longest)" : "";
  const shortening = patient
    ? "\n      UPDATE sluice.counter_holders SET until_ms = now_ms + longest WHERE id = in_id AND holder <> me AND until_ms > now_ms + longest;"
    : "";
  return `CREATE ${replacing}FUNCTION sluice.counter_hold(
    in_id text, me text, in_expires bigint, lim float8, start_ms float8, standing boolean, in_turn float8, in_used float8,
    need float8, in_wish float8, spare float8, keep float8, leaves boolean, now_ms float8,
    skew_ms float8, most_buried integer, shared_part float8, spare_part float8, risked_part float8,
    tell_least float8, tell_of_holder float8, tell_most float8, patience_least float8, patience_tells float8
  ) RETURNS float8[] LANGUAGE plpgsql AS $hold$
  DECLARE
    book sluice.counter_books;
    mine sluice.counter_holders;
    back float8;${longest}
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

    IF now_ms >= book.check_ms${orBack} THEN${shortening}
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
  END $hold$;`;
}
