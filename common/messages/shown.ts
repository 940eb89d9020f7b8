/** For a schema that is made once: the message of what does not fit it is read when that is found, in the language of then. */
export function shown(error: () => string): { readonly error: () => string } {
  return { error }
}
