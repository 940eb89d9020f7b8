import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { platform } from 'node:process'

type Ends = Pick<Socket, 'localPort' | 'remotePort'>

/**
 * The user id behind the other end of a loopback connection, as the Linux kernel knows it;
 * undefined elsewhere or when the connection is gone. A sign-in link passes through the command line
 * of the program that opens the browser, where other users of this computer can read it.
 */
export async function peerUserId(ends: Ends): Promise<number | undefined> {
  if (platform !== 'linux') return undefined
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const userId = findUserId(await readFile(table, 'utf8').catch(() => ''), ends)
    if (userId !== undefined) return userId
  }
  return undefined
}

/** Looks the connection up in the text of /proc/net/tcp: the peer's own socket has the ports swapped. */
export function findUserId(table: string, { localPort, remotePort }: Ends): number | undefined {
  for (const line of table.split('\n').slice(1)) {
    const [, local = '', remote = '', , , , , userId] = line.trim().split(/\s+/)
    if (userId !== undefined && portOf(local) === remotePort && portOf(remote) === localPort) return Number(userId)
  }
  return undefined
}

function portOf(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16)
}
