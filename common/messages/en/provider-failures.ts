/** What goes wrong at any kind of target. */
export const providerFailureMessages = {
  registry: {
    notSignedIn: 'Nobody signed in to the OneDrive account "{account}" here.',
    notSignedInFix: 'Sign in to the account first.',
  },
  content: {
    changed: 'The file changed while it was read.',
    changedFix: 'It is tried again once it is quiet.',
  },
  pages: {
    endless: 'its listing goes on without an end',
    circles: 'its listing goes in circles',
  },
} as const
