"""Documents of a game: sessions by their id (or by a gap), what a user does in all of them, rows of a week."""

STREAMING = """
Type: Blurr:Transform:Streaming
Version: '2018-03-01'
Name: game
Import: [{Module: dateutil.parser, Identifiers: [parse]}]
Identity: source.user
Time: parse(source.time)
Stores: [{Type: Blurr:Store:Memory, Name: mem}]
Aggregates:
  - Type: Blurr:Aggregate:Variable
    Name: seen
    Fields: [{Name: n, Type: integer, Value: seen.n + 1}]
  - Type: Blurr:Aggregate:Identity
    Name: user
    Store: mem
    Fields:
      - {Name: spent, Type: float, Value: user.spent + source.paid, When: source.paid}
      - {Name: kinds, Type: set, Value: user.kinds.add(source.kind)}
      - {Name: events, Type: integer, Value: seen.n}
      - {Name: levels, Type: map, Value: user.levels.increment(source.level), When: source.level is not None}
      - {Name: trail, Type: list, Value: user.trail.append(source.kind)}
  - Type: Blurr:Aggregate:Identity
    Name: of_kind
    Store: mem
    Dimensions: [{Name: kind, Type: string, Value: source.kind}]
    Fields: [{Name: n, Type: integer, Value: of_kind.n + 1}]
  - Type: Blurr:Aggregate:BLOCKS
    Name: session
    Store: mem
    Fields:
      - {Name: plays, Type: integer, Value: session.plays + 1, When: source.kind == 'play'}
      - {Name: spent, Type: float, Value: session.spent + source.paid, When: source.paid}
      - {Name: trail, Type: list, Value: session.trail.append(source.kind)}
      - {Name: same, Type: list, Value: session.trail}
      - {Name: of_user, Type: list, Value: user.trail}
      - {Name: kinds, Type: map, Value: session.kinds.increment(source.kind)}
      - {Name: last, Type: datetime, Value: time}
      - {Name: wrong, Type: integer, Value: source.wrong and session.there_is_none}
"""
ACTIVITY = STREAMING.replace(
    "Blurr:Aggregate:BLOCKS", "Blurr:Aggregate:Activity\n    SeparateByInactiveSeconds: 1800"
)
BLOCK = STREAMING.replace(
    "Blurr:Aggregate:BLOCKS",
    "Blurr:Aggregate:Block\n    Dimensions: [{Name: id, Type: integer, Value: source.session}]",
)
WINDOW = """
Type: Blurr:Transform:Window
Version: '2018-03-01'
Name: rows
Anchor: {Condition: game.session.plays > 0}
Aggregates:
  - Type: Blurr:Aggregate:Variable
    Name: now
    Fields:
      - {Name: spent, Type: float, Value: game.user.spent}
      - {Name: kinds, Type: set, Value: game.user.kinds}
      - {Name: levels, Type: map, Value: game.user.levels}
      - {Name: of_kind, Type: integer, Value: game.of_kind.n}
      - {Name: start, Type: datetime, Value: anchor._start_time}
  - Type: Blurr:Aggregate:Window
    Name: last
    WindowType: count
    WindowValue: -1
    Source: game.session
    Fields:
      - {Name: plays, Type: integer, Value: 'source.plays[0]'}
      - {Name: trail, Type: list, Value: 'source.trail[0]'}
  - Type: Blurr:Aggregate:Window
    Name: week
    WindowType: day
    WindowValue: -7
    Source: game.session
    Fields:
      - {Name: spent, Type: float, Value: sum(source.spent)}
      - {Name: n, Type: integer, Value: len(source.spent)}
"""
LABEL = """
  - Type: Blurr:Aggregate:Window
    Name: next_week
    WindowType: day
    WindowValue: 7
    Source: game.session
    Fields: [{Name: spent, Type: float, Value: sum(source.spent)}]
"""
