import { expect, it } from 'vitest';
import { endpoints } from '../../lib/contract/functions.ts';
import { useStack } from '../support/api.ts';
import { takeTour, tour } from '../support/tour.ts';

const stack = useStack();

it('has examples that are real requests and answers', () => takeTour(stack.api));

it('has examples for every operation', () => {
  expect(Object.keys(tour).toSorted()).toEqual(endpoints.map(({ name }) => name).toSorted());
});
