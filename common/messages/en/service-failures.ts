/** What the service says where it cannot run, or refuses a caller. */
export const serviceFailureMessages = {
  gate: {
    onlyThisComputerMayConnect: 'Only this computer may connect.',
    onlyHttpIsSpokenHere: 'Only HTTP/1.1 is spoken here.',
    thisMethodIsNotAllowed: 'This method is not allowed.',
    theAddressIsMalformed: 'The address is malformed.',
    secretsDoNotBelongIn: 'Secrets do not belong in an address.',
    thereAreTwoHeaders: 'There are two {twice} headers.',
    theHostHeaderDoesNot: 'The Host header does not name this service.',
    requestsFromOtherSitesAre: 'Requests from other sites are refused.',
    theBodyMustBeApplication: 'The body must be application/json.',
    thisRequestMustNotHave: 'This request must not have a body.',
    connectionsCannotBeUpgraded: 'Connections cannot be upgraded.',
  },
  listener: {
    anotherProgramAlreadyUses: 'Another program already uses {place}.',
    anotherProgramAlreadyUsesFix: 'Choose another port, or leave it out to get a free one.',
    tidekeepCannotListenAt: 'Tidekeep cannot listen at {place}.',
    tidekeepCannotListenAtLowFix:
      'Ports below 1024 are for the system: choose a higher one, or leave it out to get a free one.',
  },
  nodeHost: {
    tidekeepLogLevelMustBe: 'TIDEKEEP_LOG_LEVEL must be one of {LOGLEVELS}, not {text}.',
    tidekeepLogLevelMustBeFix: 'Correct or remove the variable.',
  },
  operatorToken: {
    theTokenFileCannotBe: 'The token file {file} cannot be read.',
    theTokenFileCannotBeFix: 'Create it, or leave TIDEKEEP_TOKEN_FILE unset.',
    theTokenInMustHave: 'The token in {where} must have {MINCHARS} to 512 printable characters.',
    theTokenInMustHaveFix: 'Make one with "openssl rand -hex 32".',
  },
  socketClient: {
    theTidekeepServiceStoppedAnswering: 'The Tidekeep service stopped answering.',
    theTidekeepServiceStoppedAnsweringFix: 'End it if it is still there, then start it again with "tidekeep serve".',
  },
  socketPath: {
    thePathOfTheControl: 'The path of the control socket is too long: {path}',
    thePathOfTheControlFix: 'Set TIDEKEEP_HOME or XDG_RUNTIME_DIR to a shorter directory.',
  },
  socketTransport: {
    doesNotBelongToYou: '{directory} does not belong to you, so the control socket cannot be there.',
    doesNotBelongToYouFix: 'Remove it, or set XDG_RUNTIME_DIR to a directory of your own.',
    tidekeepAlreadyRunsOnThis: 'Tidekeep already runs on this computer.',
    tidekeepAlreadyRunsOnThisFix: 'Use the running one ("tidekeep status"), or end it first.',
  },
  routes: {
    notBuilt: 'The interface of Tidekeep was not built. Run "npm run build", then start the service again.',
    nothingHere: 'There is nothing here.',
    fault: 'Something went wrong inside Tidekeep.',
    notJson: 'The body is not JSON.',
    noTopic: 'There is no such topic.',
    windows: 'Too many windows are open.',
    large: 'The body is larger than 1 MiB.',
  },
  signIn: {
    otherUser: 'Only the user who runs Tidekeep can sign in.',
    oldLink: 'This sign-in link was used already or is too old.',
    first: 'Sign in first.',
    token: 'The token is not right.',
    wait: 'Too many wrong attempts; wait a minute.',
    newLink: 'Run "tidekeep serve --open" to get a new sign-in link.',
  },
  reveal: {
    noStart: 'The file manager could not be started ({command}).',
    noStartFix: 'Copy the path and open it yourself.',
  },
} as const
