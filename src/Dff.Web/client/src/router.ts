import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
import { ApiError } from './api/client'
import { reportError } from './frame/report-error'
import { useSession } from './session'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    {
      path: '/sign-in',
      name: 'sign-in',
      component: () => import('./pages/sign-in/SignInPage.vue'),
      meta: { open: true },
    },
    {
      path: '/unreachable',
      name: 'unreachable',
      component: () => import('./frame/UnreachablePage.vue'),
      meta: { open: true },
    },
    { path: '/set-up', name: 'set-up', component: () => import('./pages/set-up/SetUpPage.vue'), meta: { open: true } },
    {
      path: '/',
      component: () => import('./frame/AppFrame.vue'),
      children: [
        { path: '', redirect: { name: 'editor' } },
        {
          path: 'editor/:scriptId?',
          name: 'editor',
          component: () => import('./pages/editor/EditorPage.vue'),
          meta: { wide: true },
        },
        {
          path: 'env-variables',
          name: 'env-variables',
          component: () => import('./pages/env-variables/EnvVariablesPage.vue'),
        },
        {
          path: 'auth-links',
          name: 'auth-links',
          component: () => import('./pages/auth-links/AuthLinksPage.vue'),
        },
        { path: ':rest(.*)*', name: 'not-found', component: () => import('./frame/NotFoundPage.vue') },
      ],
    },
  ],
})

router.beforeEach(async (to) => {
  const session = useSession()
  if (to.name === 'unreachable') return true
  loadAhead(to)
  try {
    await session.begin()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { name: 'unreachable', query: { then: to.fullPath } }
  }
  if (!session.isSetUp) return to.name === 'set-up' ? true : { name: 'set-up' }
  if (to.name === 'set-up') return { path: '/' }
  if (session.user !== null) return to.name === 'sign-in' ? { path: '/' } : true
  return to.meta.open === true ? true : { name: 'sign-in', query: to.path === '/' ? {} : { then: to.fullPath } }
})

/** Fetches the page's code while the server says who is signed in. */
function loadAhead(to: RouteLocationNormalized) {
  for (const { components } of to.matched) {
    const component: unknown = components?.default
    // A failure is told by the navigation, which asks for the same module.
    if (typeof component === 'function') void (component as () => Promise<unknown>)().catch(() => undefined)
  }
}

router.onError(reportError)
