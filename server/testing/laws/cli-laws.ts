import {
  importsOf,
  isIn,
  isSource,
  isTest,
  type Law,
  type RepositoryFile,
  violation,
  violationsInCode,
} from './repository.ts'

const isOfCli = (file: RepositoryFile): boolean => isSource(file) && isIn(file, 'cli')

const ownFolders = ['cli', 'server', 'sdk', 'benchmarks', 'scripts', 'dashboard']

/**
 * It is packed without the server, and has no way to it but the API. Of the server's sources it may have what is pure:
 * that is the same wherever it runs.
 */
export const commandLineKnowsTheApiOnly: Law = (files) =>
  files
    .filter((file) => isOfCli(file) && !isTest(file) && !isIn(file, 'cli/testing'))
    .flatMap((file) =>
      importsOf(file)
        .filter(({ from }) => isIn(from, ...ownFolders) || from === '@atlas-webhooks/server')
        .filter(({ from }) => isIn(from, 'cli/testing') || !isIn(from, 'cli', 'server/domain'))
        .map(({ offset, from }) =>
          violation(
            file,
            offset,
            `must not import ${from}: cli has @atlas-webhooks/sdk, and server/domain for what is pure.`,
          ),
        ),
    )

/** The client knows when to repeat a call, and what an error means. */
export const commandLineCallsThroughTheSdk: Law = (files) =>
  files
    // A tunnel is a WebSocket, and its requests go to a server on this machine.
    .filter((file) => isOfCli(file) && !isTest(file) && !isIn(file, 'cli/testing', 'cli/webhooks'))
    .flatMap((file) =>
      violationsInCode(file, /(?<![.\w])fetch\(|\bhttps?\.(?:request|get)\(/g, 'cli asks the server through the SDK.'),
    )
