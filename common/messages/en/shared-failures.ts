/** What every process can say, worker threads too: these few are loaded in each of them. */
export const sharedFailureMessages = {
  cancelled: 'Cancelled.',
  fault: 'A fault in Tidekeep itself stopped this ({message}).',
  faultFix: 'Everything else goes on. Please report it with the log, and retry once it is mended.',
  path: {
    refused: 'The path {path} cannot be used: {why}.',
    slash: 'The name {name} contains a slash.',
    /** What stands for `why`. */
    nul: 'it contains a NUL character',
    notUnicode: 'its name is not valid Unicode',
    emptySegment: 'it has an empty segment',
    dots: 'it has a "." or ".." segment',
  },
  /** Why a disk or store does not take a name; what keeps to such rules is the `owner`. */
  name: {
    thisSystem: 'this system',
    manyBytes: 'a name in it is longer than {most} bytes',
    manyCharacters: 'a name in it is longer than {most} characters',
    character: 'a name in it has a character that {owner} does not allow',
    end: 'a name in it ends with a dot or a space, which {owner} drops',
    device: 'a name in it is the name of a Windows device',
    start: 'a name in it begins in a way that {owner} refuses, or is one that it keeps for itself',
    word: 'a name in it contains "{word}", which {owner} keeps for itself',
  },
} as const
