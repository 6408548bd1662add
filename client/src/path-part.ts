/**
 * An id as one part of a path, whatever stands in it.
 *
 * @throws TypeError for what no encoding keeps from being another path: nothing, `.` and `..`
 */
export function pathPart(id: string): string {
  if (id === "" || id === "." || id === "..") throw new TypeError(`${JSON.stringify(id)} is no id.`);
  return encodeURIComponent(id);
}
