/** What goes wrong with transfers of differences and with prices. */
export const deltaFailureMessages = {
  upload: {
    unproven: '{path} was put together, but the target could not prove that it is what was sent.',
  },
  plan: {
    begins: 'a run begins at {start}, not {covered}',
    outside: 'a run at {start} lies outside the old content',
    cover: 'they cover {covered} of {size} bytes',
    broken: 'The differences between the old and the new content make no sense: {what}.',
  },
  prices: {
    dollars: 'must be a number of dollars',
    least: 'must be 0 or more',
    day: 'must be a day such as 2026-11-21',
    address: 'must be an address',
    notJson: 'it is not valid JSON',
    list: 'the list',
    notValid: 'is not valid',
    closed: 'The price list {path} cannot be opened.',
    closedFix: 'Check that it is a file and that you may read it.',
    refused: 'The price list {path} cannot be read: {reason}.',
    refusedFix: 'Correct the field, or remove the file to use the list that comes with Tidekeep.',
  },
} as const
