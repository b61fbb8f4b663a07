import { ApiError, tokenHeaders } from '../../../api/client'
import { parseExact } from '../model/exact-json'
import { outcomeOf, type RunOutcome } from '../model/run-outcome'
import { followEvents, type ServerEvent } from '../model/server-events'
import type { LargeAnswer } from './large-answer.worker'

/** Above this an answer is not read on the page's own thread, and its result is offered as a file. */
const LARGE = 1024 * 1024

export interface FinishedRun extends RunOutcome {
  /** A result that is too large to show, as a file. */
  file: { blob: Blob; beginning: string } | null
}

export interface RunWatcher {
  /** Lines of log, as they are written. */
  log(lines: string[]): void
  /** The connection is gone while the function may run on. */
  disconnected(): void
}

/** Runs a function of a stored draft, and follows its log. When the connection breaks, the end is learnt from the events of the run. */
export async function runDraft(
  funcId: string,
  kwargsJson: string,
  watcher: RunWatcher,
  signal: AbortSignal,
): Promise<FinishedRun> {
  const taskId = crypto.randomUUID()
  const following = new AbortController()
  signal.addEventListener('abort', () => following.abort())
  const end = new Promise<RunOutcome | null>((resolve) => {
    void followEvents(
      `/api/v1/tasks/${taskId}/events`,
      tokenHeaders(),
      (event) => take(event, watcher, resolve),
      following.signal,
    ).then(() => resolve(null))
  })
  try {
    const body = `{"kwargs":${kwargsJson},"options":{"taskId":"${taskId}","returnType":"raw"}}`
    const response = await fetch(`/api/v1/func-draft/${funcId}`, {
      method: 'POST',
      headers: { ...tokenHeaders(), 'Content-Type': 'application/json' },
      body,
      signal,
    })
    const bytes = await response.arrayBuffer()
    if (response.status === 401) throw new ApiError(401, 'EUserAuth', '', null)
    return bytes.byteLength > LARGE
      ? await readLarge(bytes)
      : { ...outcomeOf(parseExact(new TextDecoder().decode(bytes))), file: null }
  } catch (error) {
    if (signal.aborted || error instanceof ApiError) throw error
    watcher.disconnected()
    const outcome = await end
    if (outcome === null) throw new ApiError(0, 'ERunLost', '', null)
    return { ...outcome, file: null }
  } finally {
    following.abort()
  }
}

function take(event: ServerEvent, watcher: RunWatcher, end: (outcome: RunOutcome | null) => void): boolean {
  if (event.name === 'log') {
    watcher.log((JSON.parse(event.data) as { lines: string[] }).lines)
    return false
  }
  if (event.name === 'end') end(outcomeOf(parseExact(event.data)))
  else if (event.name !== 'wait') end(null)
  return event.name !== 'wait'
}

function readLarge(bytes: ArrayBuffer): Promise<FinishedRun> {
  const worker = new Worker(new URL('./large-answer.worker.ts', import.meta.url), { type: 'module' })
  return new Promise<FinishedRun>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<LargeAnswer>) =>
      resolve({ ...data.outcome, file: data.file === null ? null : { blob: data.file, beginning: data.beginning } }),
    )
    worker.addEventListener('error', (event) => reject(new Error(event.message)))
    worker.postMessage(bytes, [bytes])
  }).finally(() => worker.terminate())
}
