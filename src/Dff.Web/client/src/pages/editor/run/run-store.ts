import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import { ApiError } from '../../../api/client'
import { useSession } from '../../../session'
import { runDraft, type FinishedRun } from './draft-run'

export interface Run {
  funcName: string
  state: 'running' | 'disconnected' | 'done' | 'lost'
  /** Lines of log so far. */
  log: string[]
  finished: FinishedRun | null
  /** Milliseconds from the key stroke to the answer. */
  took: number
  abort: AbortController
}

/** The latest run of each open script. */
export const useRuns = defineStore('runs', () => {
  const runs = shallowReactive(new Map<string, Run>())

  /** `begin` stores what is to be run, and answers whether it could. */
  async function start(scriptId: string, funcName: string, kwargsJson: string, begin: () => Promise<boolean>) {
    const began = performance.now()
    const run: Run = shallowReactive({
      funcName,
      state: 'running',
      log: [],
      finished: null,
      took: 0,
      abort: new AbortController(),
    })
    runs.set(scriptId, run)
    if (!(await begin())) {
      runs.delete(scriptId)
      return
    }
    const watcher = {
      log: (lines: string[]) => {
        if (run.finished === null) run.log = [...run.log, ...lines.flatMap((line) => line.split('\n'))]
      },
      disconnected: () => (run.state = 'disconnected'),
    }
    try {
      const finished = await runDraft(`${scriptId}.${funcName}`, kwargsJson, watcher, run.abort.signal)
      run.finished = finished
      if (finished.log !== null) run.log = finished.log.flatMap((line) => line.split('\n'))
      run.state = 'done'
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        runs.delete(scriptId)
        useSession().expire()
      } else run.state = 'lost'
    } finally {
      run.took = performance.now() - began
    }
  }

  /** Stops waiting; the function itself ends by its timeout. */
  function leave(scriptId: string) {
    runs.get(scriptId)?.abort.abort()
  }

  return { runs, start, leave }
})
