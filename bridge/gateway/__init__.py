"""The socket gateway: the way most people meet Chaperone.

`frames` what goes over the wire · `session` what a socket may do when (pure) · `socket` the shell around it ·
`fanout` from those who change things to the sockets that show it.
"""
