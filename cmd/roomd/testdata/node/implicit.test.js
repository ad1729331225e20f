// A server that was told not to make rooms of joins.

import assert from 'node:assert/strict';
import { connect, scenario } from './client.js';

scenario('joining a room that does not exist is refused', async () => {
  const anna = await connect('anna');
  for (const arg of ['nowhere', { roomId: 'nowhere', password: 'x' }]) {
    const reply = await anna.ask('joinRoom', arg);
    assert.deepEqual(reply, { success: false, error: 'Room does not exist', code: 'room_not_found' });
    anna.tell('joinRoom', arg);
    assert.deepEqual(await anna.next('error'), {
      message: 'Room does not exist', code: 'room_not_found', event: 'joinRoom',
    });
  }
  const { roomId } = await anna.must('createRoom');
  await (await connect('ben')).must('joinRoom', roomId);
});
