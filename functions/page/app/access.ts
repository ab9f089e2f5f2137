/** What the caller may do, so that the page only shows buttons that work. */
import { computed, signal } from '@preact/signals';
import { api, call } from './api.ts';
import { type CallFailure, failureOf } from './call-failure.ts';

interface Access {
  readonly access: 'read' | 'write' | 'admin';
  /** The project of a project key. */
  readonly projectId?: string;
}

export const access = signal<Access | undefined>(undefined);
export const accessFailure = signal<CallFailure | undefined>(undefined);

export const mayWrite = computed(() => access.value !== undefined && access.value.access !== 'read');
export const isAdmin = computed(() => access.value?.access === 'admin');

export async function loadAccess(): Promise<void> {
  accessFailure.value = undefined;
  try {
    const { data } = await call(api.GET('/api/key'));
    access.value = data;
  } catch (error) {
    access.value = undefined;
    accessFailure.value = failureOf(error);
  }
}
