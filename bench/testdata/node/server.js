// The least a room server on Node's socket.io can be: joinRoom, createRoom (the
// same), sendMessage and emitToRoom, answered in the shape of roomd's contract. No users,
// no history, no limits.
import { createServer } from 'node:http'
import { Server } from 'socket.io'

const [host, port] = process.argv[2].split(':')
const http = createServer()
const io = new Server(http)
const epoch = 'nodesepoch00'
const counts = new Map() // by room

io.on('connection', (socket) => {
  const { userId, username } = socket.handshake.auth

  const join = ({ roomId }, ack) => {
    socket.join(roomId)
    ack?.({ success: true, roomId, room: { id: roomId }, users: [], messages: [], epoch, seq: counts.get(roomId) ?? 0, gap: false })
  }
  socket.on('joinRoom', join)
  socket.on('createRoom', join)

  socket.on('sendMessage', ({ roomId, text, attachments = [] }, ack) => {
    const seq = (counts.get(roomId) ?? 0) + 1
    counts.set(roomId, seq)
    const id = `${epoch}-${seq}`
    ack?.({ success: true, messageId: id, seq })
    const at = new Date().toISOString()
    io.to(roomId).emit('newMessage', { id, seq, roomId, sender: { id: userId, username }, userId, text, attachments, createdAt: at, timestamp: at })
  })

  socket.on('emitToRoom', ({ roomId, event, data }, ack) => {
    ack?.({ success: true })
    io.to(roomId).emit(event, data, { roomId, sender: { id: userId, username }, at: new Date().toISOString() })
  })
})

http.listen(Number(port), host)
