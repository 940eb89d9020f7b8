/**
 * Access tokens of one signed-in Microsoft account, for one Graph origin. One instance for each
 * account and process: what is paced and counted for an account hangs on its instance, so that two
 * tenants can never share a pause or a token (I24).
 */
export interface AccessTokens {
  /**
   * A token that is good for some minutes yet, without the word "Bearer". Callers hold it for one
   * request only. Calls at the same time share one refresh. Throws `unauthenticated` when a person has
   * to sign in again, `unavailable` or `timeout` when the authority cannot be reached, `throttled`
   * when it asks to wait.
   */
  token(options: { readonly signal: AbortSignal }): Promise<string>
  /**
   * The service refused this token although it looked good (401): it is never given out again.
   * `claims` is what a claims challenge asked for, as it came (base64 decoded). Forgetting a token
   * that is no longer the current one does nothing.
   */
  expired(token: string, claims?: string): void
}

/** Where a drive is, in words of Graph. */
export type DriveAddress =
  /** The drive of the person who signed in. Not for application permissions. */
  | { readonly kind: 'me' }
  /** Any drive by its id: a SharePoint library, a shared drive, the drive of a user with application permissions. */
  | { readonly kind: 'drive'; readonly driveId: string }

/** A signed-in account as the provider uses it. */
export interface OneDriveAccount {
  /** As in `onedrive://<id>/path`; for messages. */
  readonly id: string
  readonly tokens: AccessTokens
  readonly drive: DriveAddress
  /** `https://graph.microsoft.com`, or that of a national cloud. */
  readonly graphOrigin: string
}

/** Signed-in Microsoft accounts. */
export interface OneDriveAccounts {
  /**
   * The account a location names, without asking the network. Gives the same `tokens` instance for
   * one account each time. Throws `unauthenticated` for an account nobody signed in to.
   */
  open(accountId: string): Promise<OneDriveAccount>
}
