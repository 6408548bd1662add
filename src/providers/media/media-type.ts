const fallback = "application/octet-stream";

/** An upstream's content type for the caller: sound, pictures, text that no browser would run, JSON; anything else is bytes. */
export function passedType(type: string): string {
  const known = /^(?:audio|image|video)\/(?!svg)[\w.+-]+|^text\/(?:plain|vtt|srt|event-stream)|^application\/(?:json|ogg|x-subrip)/i;
  return known.test(type) && /^[\x20-\x7e]{1,200}$/.test(type) ? type : fallback;
}
