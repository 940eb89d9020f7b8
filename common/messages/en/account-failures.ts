/** What goes wrong with sign-ins and keys. */
export const accountFailureMessages = {
  accounts: {
    thereIsNoAccount: 'There is no account "{name}".',
    thereIsNoAccountFix: 'Look at "tidekeep account list".',
    theAccountBelongsToSomebody: 'The account "{name}" belongs to somebody else, and was left as it is.',
    theAccountBelongsToSomebodyFix:
      'Sign in as the same person, choose another name, or remove it first with "tidekeep account remove {name}".',
  },
  authority: {
    microsoftsSignInServiceDid: 'Microsoft’s sign-in service did not say who signed in.',
    microsoftsSignInServiceAnswered: 'Microsoft’s sign-in service answered without a token.',
  },
  failures: {
    theSignInToThe: 'The sign-in to the OneDrive account "{name}" has ended.',
    theSignInToTheFix: 'Sign in again with "tidekeep account sign-in {name}".',
    nobodySignedInToThe: 'Nobody signed in to the OneDrive account "{name}" here.',
    nobodySignedInToTheFix: 'Sign in with "tidekeep account add onedrive --name {name}".',
    signingInToMicrosoftNeeds:
      'Signing in to Microsoft needs the client id of an application registered with Microsoft Entra, and none is set.',
    signingInToMicrosoftNeedsFix:
      'Register one (docs/operations.md, "Signing in to Microsoft", says how) and set it with "tidekeep config set microsoftClientId ID".',
  },
  network: {
    whatAnswersAsMicrosoftsSign: 'What answers as Microsoft’s sign-in service sends no JSON (status {status}).',
    whatAnswersAsMicrosoftsSignFix: 'A hotspot or proxy may ask you to sign in first.',
    notInOrder:
      '{status, plural, =429{Microsoft’s sign-in service asks to wait.} other{Microsoft’s sign-in service is out of order.}}',
    checkTheConnectionToThe: 'Check the connection to the internet.',
  },
  signIn: {
    theFile: 'The file {path} {why}.',
    theFileFix: 'Correct it.',
    nobodySignedInWithinA: 'Nobody signed in within a quarter of an hour.',
    nobodySignedInWithinAFix: 'Start the sign-in again.',
  },
} as const
