"""The HTTP API: what programs and pages may ask of the bridge, one declaration per route.

    request ─▶ middleware      request id, access log, every failure made into an error body
            ─▶ entry           token → who; may they (a guest finds staff routes missing); body → frozen model
            ─▶ handler         asks desk, accounts, timeline or store; answers a model, or the rule's refusal
            ─▶ entry           checks that the answer has the shape declared for who asked, and sends it

A declaration (`routes.Route`) gives path, method, who may, what is asked, what is answered and which errors; the
router, the check of who may, and `/openapi.json` are all made from it.
"""
