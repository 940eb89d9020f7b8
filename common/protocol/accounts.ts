import type { Call, Nothing, WireError } from './call.ts'
import type { Look } from './places.ts'

/** Keys and sign-ins. */
export interface AccountCalls {
  /** Keys for a store, kept in the secret store; answers the id to put in `S3Options.accountId`. */
  'accounts.save': Call<NewAccount, { readonly id: string }>
  'accounts.list': Call<Nothing, readonly AccountView[]>
  /** Begins a sign-in to OneDrive, ending one that is under way; answers what to show. With the name of an account: signs in to it again. */
  'accounts.signIn': Call<NewSignIn, SignInView>
  /** What became of the sign-in that was begun last. */
  'accounts.signInState': Call<{ readonly id: string }, SignInView>
  /** Ends the sign-in that is under way, if it is this one. */
  'accounts.endSignIn': Call<{ readonly id: string }, Nothing>
  /** Whether the drive of a Microsoft account answers, and how full it is. Asks it at most once in five minutes, `fresh`: in five seconds. */
  'accounts.look': Call<{ readonly name: string; readonly fresh: boolean }, Look>
  /** Forgets the account and its keys. What is stored there stays, and folders kept there wait. */
  'accounts.remove': Call<{ readonly name: string }, Nothing>
  /** Someone signed in by other means, the command line: what waited for that goes on now. */
  'accounts.goOn': Call<Nothing, Nothing>
}

/** Keys on their way into the secret store; they never come back out. */
export interface NewAccount {
  readonly kind: 's3'
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** A sign-in or keys, by name; nothing of it is secret. */
export interface AccountView {
  readonly name: string
  readonly kind: 'onedrive' | 's3'
  /** Empty where there is none. */
  readonly userName: string
  readonly state: 'signed-in' | 'sign-in-needed'
  /** Of a Microsoft account: whose drive it is. `program`: a program signs in, with rights of its own. */
  readonly owner?: 'personal' | 'work' | 'program'
  /** Until when the service asked to be left in peace, host-clock milliseconds; absent while it does not. */
  readonly waitUntilMs?: number
}

/** How a person wants to sign in. */
export interface NewSignIn {
  readonly method: 'browser' | 'device-code'
  readonly name?: string
  /** A domain or id; any by default. */
  readonly tenant?: string
}

/** One sign-in. Address and code are for the person who asked: they sign in, so they are shown and never kept. */
export type SignInView =
  | {
      readonly id: string
      readonly state: 'waiting'
      readonly prompt:
        | { readonly kind: 'browser'; readonly url: string }
        | { readonly kind: 'device-code'; readonly url: string; readonly code: string; readonly expiresInMs: number }
    }
  | { readonly id: string; readonly state: 'done'; readonly account: AccountView }
  | { readonly id: string; readonly state: 'failed'; readonly error: WireError }
