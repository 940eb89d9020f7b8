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
    done: 'You are signed in. You can close this window and go back to Tidekeep.',
    notDone: 'The sign-in did not work. Go back to Tidekeep to see why.',
    oneSecret: 'must hold the client secret and nothing else, on one line',
    pem: 'must hold a certificate and its private key in PEM',
    certificate: 'holds no certificate that can be read',
    theFile: 'The file {path} {why}.',
    theFileFix: 'Correct it.',
    nobodySignedInWithinA: 'Nobody signed in within a quarter of an hour.',
    nobodySignedInWithinAFix: 'Start the sign-in again.',
  },
  refusals: {
    known: {
      declined: {
        message: 'The sign-in was declined.',
        fix: 'Start it again if that was a mistake.',
      },
      expired: {
        message: 'The code was not entered in time.',
        fix: 'Start the sign-in again.',
      },
      unknownCode: {
        message: 'Microsoft does not know the code of this sign-in any more.',
        fix: 'Start the sign-in again.',
      },
      client: {
        message: 'Microsoft refused the secret or certificate of the application.',
        fix: 'Check that it belongs to this client id and has not expired.',
      },
      notAllowed: {
        message: 'Microsoft does not let this application sign in there.',
        fix: 'Check the client id, and that its registration allows public client flows (see docs/operations.md).',
      },
      inAddress: {
        message: 'The answer to the sign-in came in an address, where others may read it, and was not taken.',
        fix: 'Start the sign-in again; if it happens again, use --device-code.',
      },
      consent: {
        message: 'Your organisation has not allowed Tidekeep yet.',
        fix: 'Ask its administrator to allow it.',
      },
      unknownClient: {
        message: 'Microsoft does not know an application with this client id there.',
        fix: 'Check the setting microsoftClientId, and the tenant.',
      },
    },
    unknownReason: 'an unknown reason',
    other: 'Microsoft refused the sign-in ({shown}).',
    otherFix: 'Try again, or use another account.',
  },
  connection: {
    connect: 'Microsoft’s sign-in service cannot be reached.',
    name: 'The name of Microsoft’s sign-in service cannot be looked up.',
    tls: 'Microsoft’s sign-in service does not prove who it is (TLS failed).',
    reset: 'Microsoft’s sign-in service cut the connection.',
    idle: 'Microsoft’s sign-in service stopped answering.',
  },
} as const
