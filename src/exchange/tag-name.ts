/** What a tag may be called. */
export const tagName = /^(?!__)[A-Za-z0-9_.-]{1,64}$/;
/** The same in words. */
export const tagNameForm = "1 to 64 letters, digits, `_`, `.` and `-`";
