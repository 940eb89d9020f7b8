/** What goes wrong at S3-compatible stores. */
export const s3FailureMessages = {
  address: {
    noRegion: '"{region}" is not the name of a region',
    noAddress: '"{endpoint}" is not an http(s) address',
    carries: 'it must not carry a user name, a password or a query',
    theSEndpointCannotBe: 'The S3 endpoint cannot be used: {why}.',
    theSEndpointCannotBeFix: 'Write it as https://host or https://host:port, and the keys separately.',
  },
  assemble: {
    theStoreCannotPutContent: 'The store cannot put content together from what it holds and prove the result.',
    theStoreCannotPutContentFix: 'The file is sent whole instead.',
  },
  assemblyPlan: {
    partOfADeltaUpload: 'Part {number} of a delta upload breaks a rule of the store: {rule}.',
  },
  copy: {
    doesNotExist: '{path} does not exist.',
  },
  credentials: {
    gone: 'The keys saved for this target are gone.',
    unreadable: 'The keys saved for this target cannot be read.',
    none: 'No keys for the store were found.',
    noneOfProfile: 'The profile "{profile}" gives no keys for the store.',
    enterKeysForThisTarget:
      'Enter keys for this target, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile of ~/.aws (sign in with "aws sso login" if it uses SSO).',
  },
  errors: {
    cannotBeReached: '{endpoint} cannot be reached.',
    cannotBeReachedFix: 'Check the network connection and the endpoint; it is tried again by itself.',
    theNameInCannotBe: 'The name in {endpoint} cannot be looked up.',
    theNameInCannotBeFix: 'Check the network connection and the spelling of the endpoint.',
    doesNotProveWhoIt: '{endpoint} does not prove who it is (TLS failed).',
    doesNotProveWhoItFix: 'Check the endpoint and its certificate; for a private authority set NODE_EXTRA_CA_CERTS.',
    cutTheConnection: '{endpoint} cut the connection.',
    cutTheConnectionFix: 'It is tried again by itself.',
    stoppedAnswering: '{endpoint} stopped answering.',
    checkTheAccessKeyAnd: 'Check the access key and the secret key, or sign in again if they are temporary.',
    doesNotExist: '{path} does not exist.',
    thatVersionOfDoesNot: 'That version of {path} does not exist.',
    theUnfinishedUploadOfIs: 'The unfinished upload of {path} is gone.',
    theBucketDoesNotExist: 'The bucket "{bucket}" does not exist.',
    createItOrCheckIts: 'Create it, or check its name and the endpoint ({endpoint}).',
    isNotWhatItWas: '{path} is not what it was expected to be.',
    wasBeingWrittenBySomeone: '{path} was being written by someone else.',
    theStoreRefusesAccessTo: 'The store refuses access to {path}.',
    allowSListbucketOnThe:
      'Allow s3:ListBucket on the bucket "{bucket}" and s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on its objects.',
    allAccessToTheBucket: 'All access to the bucket "{bucket}" is disabled.',
    theStoreDoesNotKnow: 'The store does not know this access key.',
    theStoreRefusesTheSecret: 'The store refuses the secret key.',
    theTemporaryKeysHaveExpired: 'The temporary keys have expired.',
    theSessionTokenIsNot: 'The session token is not valid.',
    theTemporaryKeysMustBe: 'The temporary keys must be refreshed.',
    thisComputersClockDiffersToo: "This computer's clock differs too much from the store's.",
    setTheClockOfThis: 'Set the clock of this computer.',
    theRegionIsNotRight: 'The region "{region}" is not right for this store.',
    theBucketIsNotIn: 'The bucket "{bucket}" is not in the region "{region}".',
    theStorePointsElsewhereFor:
      'The store points elsewhere for the bucket "{bucket}", which is normal for an hour after it was created.',
    theStoreAsksToSlow: 'The store asks to slow down.',
    theStoreIsBusy: 'The store is busy.',
    theStoreStoppedWaitingFor: 'The store stopped waiting for the rest of a request.',
    theBucketIsFull: 'The bucket "{bucket}" is full.',
    freeSpaceInItOr: 'Free space in it or raise its quota.',
    theStoreIsFull: 'The store is full.',
    freeSpaceAtTheStore: 'Free space at the store.',
    raiseItsQuota: 'Raise its quota.',
    isLargerThanTheStore: '{path} is larger than the store takes in one object.',
    theStoreFoundAPart: 'The store found a part of {path} too small.',
    thePathIsLongerThan: 'The path {path} is longer than the 1,024 bytes S3 allows.',
    shortenThePathOrThe: 'Shorten the path or the prefix.',
    theMetadataOfIsLarger: 'The metadata of {path} is larger than the store allows.',
    isInGlacierAndMust: '{path} is in Glacier and must be thawed before it can be read.',
    askForItWithTidekeep: 'Ask for it with "tidekeep thaw", and try again when it is ready.',
    theStoreHasNoRoom: 'The store has no room for expedited retrieval at the moment.',
    tryAgainLaterOrChoose: 'Try again later, or choose another speed.',
    theStoreDoesNotKnow2: 'The store does not know this storage class.',
    chooseAnotherStorageClassFor: 'Choose another storage class for this target.',
    isNotAValidBucket: '"{bucket}" is not a valid bucket name.',
    wasDamagedOnItsWay: '{path} was damaged on its way to the store.',
    theStoreDoesNotHave: 'The store does not have the parts of {path} it was sent.',
    theStoreRefusesARequest: 'The store refuses a request without saying why.',
    temporaryKeysMayHaveExpired: 'Temporary keys may have expired, or the region of this target may be another one.',
    didNotReachTheStore: '{path} did not reach the store whole.',
    theStoreDoesNotSupport: 'The store does not support a feature this needs.',
    theStoreHasAnInternal: 'The store has an internal error.',
    setTheRegion: 'Set the region of this target to "{region}".',
    setTheRegionOfTheBucket: 'Set the region the bucket is in, and the endpoint that belongs to it.',
    theStoreRefusedARequest: 'The store refused a request for {path} ({name}).',
  },
  genuine: {
    somethingOtherThanTheStore: 'Something other than the store answered at {endpoint}.',
    somethingOtherThanTheStoreFix:
      'If this network has a sign-in page, open it in a browser; otherwise check the endpoint and what is between.',
  },
  index: {
    doesNotExist: '{path} does not exist.',
    thePathIsLongerThan: 'The path {path} is longer than the 1,024 bytes S3 allows.',
    thePathIsLongerThanFix: 'Shorten the path or the prefix.',
  },
  keep: {
    wasReplacedTooOftenIn: '{path} was replaced too often in one moment to keep each version.',
    wasReplacedTooOftenInFix: 'It is tried again by itself.',
    wasLeftAsItIs: '{path} was left as it is: it is archived, so the store cannot copy it to keep it.',
    wasLeftAsItIsFix:
      'Turn on versioning of the bucket, which keeps what is replaced; or set keepDays to 0, which keeps nothing.',
  },
  keptVersions: {
    theBucketKeepsThatVersion: 'The bucket keeps that version of {path} no longer.',
    isKeptByTheBucket: '{path} is kept by the bucket, which lets go of versions by its own rules.',
    isKeptByTheBucketFix: 'Set a lifecycle rule of the bucket for versions that are no longer current.',
    isNotTheNameOf: '{token} is not the name of a version that is kept at {location}.',
  },
  leftoverCalls: {
    partsKeepArrivingAtThe: 'Parts keep arriving at the unfinished upload of s3://{bucket}/{key}.',
    partsKeepArrivingAtTheFix: 'Find the program that is sending it, and try again when it has ended.',
  },
  leftovers: {
    theUploadOfIsStill: 'The upload of {path} is still gone on with.',
    theUnfinishedUploadOfWas: 'The unfinished upload of {path} was not begun by Tidekeep.',
    theUnfinishedUploadOfWasFix: 'Remove it with the program that began it, or by a lifecycle rule of the bucket.',
  },
  objects: {
    doesNotExist: '{path} does not exist.',
    isNotWhatItWas: '{path} is not what it was expected to be: somebody else changed it.',
  },
  partAttempts: {
    theStoreHoldsOtherBytes: 'The store holds other bytes of {path} than its signature says.',
    theStoreHoldsOtherBytesFix: 'The file is sent whole instead.',
  },
  partPlan: {
    theFileIsLargerThan: 'The file is larger than S3 can hold in one object (48.8 TiB).',
  },
  putBatch: {
    refusesAll: '{location} refuses one file after the other.',
    aWorkerGaveNoAnswer: 'A worker gave no answer.',
  },
  putSmall: {
    aWorkerGaveNoAnswer: 'A worker gave no answer.',
    theStoreHoldsDifferentlyFrom: 'The store holds {path} differently from how it was sent.',
    theStoreHoldsDifferentlyFromFix: 'It is tried again by itself; if it stays, the store or the way to it is faulty.',
  },
  read: {
    doesNotExist: '{path} does not exist.',
    readingFromTheStoreFailed: 'Reading {path} from the store failed: {why}.',
    readingFromTheStoreFailedFix: 'It is tried again by itself.',
  },
  releaseVersion: {
    legalHold: 'a legal hold',
    lockUntil: 'Object Lock until {until}',
    anEarlierVersionOfStays: 'An earlier version of {path} stays: it does not say that Tidekeep wrote it.',
    anEarlierVersionOfStaysFix: 'Set a lifecycle rule of the bucket for versions that are no longer current.',
    anEarlierVersionOfStays2: 'An earlier version of {path} stays: it is under {lock}.',
    theBucketOfDoesNot:
      'The bucket of {path} does not let earlier versions go: they are locked, or the keys have no right to delete versions.',
    theBucketOfDoesNotFix:
      'Nothing has to be done: whoever stole the keys could not delete them either. To let them go, set a lifecycle rule of the bucket.',
  },
  remove: {
    isNotEmpty: '{path} is not empty.',
  },
  runUpload: {
    cancelled: 'Cancelled.',
  },
  segments: {
    theStoreDoesNotAllow: 'The store does not allow temporary objects to be removed.',
    theStoreDoesNotAllowFix:
      'Allow s3:DeleteObject and s3:DeleteObjectVersion below .tidekeep/segments/; until then the file is sent in another way.',
    aTemporaryObjectAtThe: 'A temporary object at the store was removed while it was in use.',
    aTemporaryObjectAtTheFix: 'It is made again by itself; let no other program tidy up below .tidekeep.',
  },
  storeClient: {
    theStoreGaveAnAnswer: 'The store gave an answer that makes no sense: {what}.',
    theStoreGaveAnAnswerFix: 'It is tried again by itself; if it stays, the store or something before it is faulty.',
  },
  thaw: {
    cannotBeThawedAtThe: '{path} cannot be thawed at the speed "{speed}": its storage class does not have it.',
    cannotBeThawedAtTheFix: 'Choose "standard" or "bulk".',
  },
  workerReader: {
    cancelled: 'Cancelled.',
  },
} as const
