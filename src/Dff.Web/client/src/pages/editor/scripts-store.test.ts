import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { scriptsApi, type ScriptSet } from './model/api'
import { useScripts } from './scripts-store'

const answers: ((sets: ScriptSet[]) => void)[] = []

beforeEach(() => {
  setActivePinia(createPinia())
  answers.length = 0
  vi.spyOn(scriptsApi, 'sets').mockImplementation(() => new Promise((resolve) => answers.push(resolve)))
  vi.spyOn(scriptsApi, 'scripts').mockResolvedValue([])
  vi.spyOn(scriptsApi, 'functions').mockResolvedValue([])
  vi.spyOn(scriptsApi, 'envVariables').mockResolvedValue([])
})

test('an answer that a newer one has overtaken is not shown', async () => {
  const scripts = useScripts()
  const [older, newer] = [scripts.load(), scripts.load()]

  answers[1]?.([{ id: 'added' } as ScriptSet])
  await newer
  answers[0]?.([])
  await older

  expect(scripts.sets.map(({ id }) => id)).toEqual(['added'])
})
