import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api, ApiError, call, token, type Schemas } from './api/client'

export type Profile = Schemas['Profile']

/** Who is signed in. A session that ends keeps the page as it is: `isExpired` asks for the password over it. */
export const useSession = defineStore('session', () => {
  const isSetUp = ref(true)
  const user = ref<Profile | null>(null)
  const isExpired = ref(false)
  let begun: Promise<void> | null = null

  async function load() {
    const [status, profile] = await Promise.all([
      call(api.GET('/api/v1/setup/do/status')),
      token.get() === null ? null : storedProfile(),
    ])
    isSetUp.value = status.initialized
    if (status.initialized) user.value = profile
  }

  /** Null: the stored token works no more. */
  async function storedProfile(): Promise<Profile | null> {
    try {
      return await call(api.GET('/api/v1/auth/profile/do/get'))
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error
      token.set(null)
      return null
    }
  }

  /** Finds out, once, whether the system is set up and the stored token still works. */
  function begin(): Promise<void> {
    begun ??= load().catch((error: unknown) => {
      begun = null
      throw error
    })
    return begun
  }

  async function accept(answer: Schemas['SignInAnswer']) {
    token.set(answer.xAuthToken)
    user.value = await call(api.GET('/api/v1/auth/profile/do/get'))
    isSetUp.value = true
    isExpired.value = false
  }

  async function signIn(username: string, password: string, captcha?: { captchaToken: string; captcha: string }) {
    await accept(
      await call(api.POST('/api/v1/auth/do/sign-in', { body: { signIn: { username, password }, ...captcha } })),
    )
  }

  async function setUp(username: string, password: string, setupToken: string | null) {
    await accept(await call(api.POST('/api/v1/setup/do/run', { body: { username, password, setupToken } })))
  }

  async function signOut() {
    await call(api.GET('/api/v1/auth/do/sign-out'))
    token.set(null)
    user.value = null
  }

  function expire() {
    if (user.value !== null) isExpired.value = true
  }

  return { isSetUp, user, isExpired, begin, signIn, setUp, signOut, expire }
})
