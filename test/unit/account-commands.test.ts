import { describe, expect, it } from 'vitest'
import type { Accounts } from '../../main/accounts/accounts.ts'
import { CommandLineWorld } from '../fakes/command-line.ts'

describe('an account that is the keys of an S3 store', () => {
  const keys = { name: 'Work', kind: 's3', userName: '', state: 'signed-in' } as const

  it.each([
    [
      'test',
      /holds the keys of an S3 store.*\n {2}Try them with "tidekeep provider check s3:\/\/BUCKET --account Work"/,
    ],
    ['sign-in', /which nobody signs in to\.\n {2}Save new keys with "tidekeep account add s3 --name Work"/],
  ])('is not taken for a sign-in that is missing: account %s', async (command, said) => {
    const world = new CommandLineWorld()
    world.ports.accounts = async () => ({ list: () => [keys] }) as unknown as Accounts
    const ran = await world.run('account', command, 'work')
    expect(ran.exitCode).toBe(2)
    expect(ran.stderr).toMatch(said)
  })
})
