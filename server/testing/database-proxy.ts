import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** Stands between a server and its Postgres, and breaks connections off at the worst moment. */
export class DatabaseProxy {
  /** The database's URL, by way of the proxy. */
  readonly url: string
  readonly #clients: Set<Socket>
  #toLose = 0
  #isAway = false

  private constructor(url: string, clients: Set<Socket>) {
    this.url = url
    this.#clients = clients
  }

  static async start(t: TestContext, databaseUrl: string): Promise<DatabaseProxy> {
    const target = new URL(databaseUrl)
    const sockets = new Set<Socket>()
    const clients = new Set<Socket>()
    const server = createServer((client) => {
      if (proxy.#isAway) return void client.destroy()
      const postgres = connect(Number(target.port), target.hostname)
      clients.add(client)
      client.once('close', () => clients.delete(client))
      for (const socket of [client, postgres]) {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
        socket.on('error', () => {})
      }
      client.on('data', (chunk) => postgres.write(chunk))
      postgres.on('data', (chunk) => {
        if (proxy.#toLose > 0) {
          proxy.#toLose--
          client.destroy()
          postgres.destroy()
        } else client.write(chunk)
      })
      client.once('close', () => postgres.destroy())
      postgres.once('close', () => client.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    })
    const url = new URL(databaseUrl)
    url.port = String((server.address() as AddressInfo).port)
    const proxy = new DatabaseProxy(url.href, clients)
    return proxy
  }

  /** Loses this many of the next answers, each with its connection: what they were to say has happened all the same. */
  loseAnswers(count: number): void {
    this.#toLose = count
  }

  /** Breaks every connection off, and lets none through until it is back. */
  goAway(): void {
    this.#isAway = true
    this.cut()
  }

  comeBack(): void {
    this.#isAway = false
  }

  /** Breaks every connection off. Postgres finishes what it is doing, and notices afterwards. */
  cut(): void {
    for (const client of this.#clients) client.destroy()
  }
}
