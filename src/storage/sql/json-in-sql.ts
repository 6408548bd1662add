import type { SqlDatabase } from "./sql-database.ts";

/** How a database looks into texts that are JSON. Columns and names come from the program, values stand as `?`. */
export interface JsonInSql {
  /** The member of an object, as text; null where there is none. */
  member(column: string, name: string): string;
  /** Whether the member of an object is a list with this text in it. */
  lists(column: string, name: string, value: string): string;
  /** The members of an object of numbers, as the rows `id` and `number`. */
  numbers(value: string): string;
}

export const jsonInSql: Readonly<Record<SqlDatabase["dialect"], JsonInSql>> = {
  sqlite: {
    member: (column, name) => `${column} ->> '$.${name}'`,
    lists: (column, name, value) => `EXISTS (SELECT 1 FROM json_each(${column}, '$.${name}') AS item WHERE item.value = ${value})`,
    numbers: (value) => `(SELECT key AS id, value AS number FROM json_each(${value}))`,
  },
  postgres: {
    member: (column, name) => `as_json(${column}) ->> '${name}'`,
    lists: (column, name, value) =>
      `EXISTS (SELECT 1 FROM json_array_elements_text(as_json(${column}) -> '${name}') AS item (value) WHERE item.value = ${value})`,
    numbers: (value) => `(SELECT key AS id, value::bigint AS number FROM json_each_text(${value}::text::json))`,
  },
};
