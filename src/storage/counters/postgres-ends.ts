/** When books end: as `endingScript` of `valkey-hold.ts` says. */
export const endMigration = `
  CREATE FUNCTION sluice.clock_ms() RETURNS float8 LANGUAGE sql VOLATILE AS $clock$
    SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8
  $clock$;

  CREATE FUNCTION sluice.counter_end(in_expires bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $end$
    SELECT CASE WHEN in_expires <= sluice.clock_ms() THEN sluice.clock_ms()::bigint + 86400000 ELSE in_expires END
  $end$;

  CREATE OR REPLACE FUNCTION sluice.counter_kept(book sluice.counter_books, in_expires bigint) RETURNS void
  LANGUAGE sql AS $kept$
    UPDATE sluice.counter_books SET at_ms = book.at_ms, spent = book.spent, granted = book.granted, used = book.used,
      wished = book.wished, holders = book.holders, check_ms = book.check_ms,
      expires_at = greatest(counter_books.expires_at, sluice.counter_end(in_expires)),
      aside_ms = book.aside_ms, aside_spent = book.aside_spent WHERE id = book.id
  $kept$;
`;
