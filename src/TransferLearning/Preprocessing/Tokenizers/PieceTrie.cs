namespace TransferLearning;

/// <summary>Finds all pieces that begin at a place of a UTF-8 text, in one walk.</summary>
internal sealed class PieceTrie
{
    private readonly List<int> _pieces = [-1];
    private ulong[] _keys = new ulong[1024];
    private int[] _nodes = new int[1024];
    private int _count;

    public void Add(ReadOnlySpan<byte> piece, int id)
    {
        int node = 0;
        foreach (byte value in piece)
        {
            int next = Step(node, value);
            node = next >= 0 ? next : Insert(node, value);
        }

        _pieces[node] = id;
    }

    /// <summary>The node that a byte leads to, or -1; the walk begins at node 0.</summary>
    public int Step(int node, byte value)
    {
        ulong key = Key(node, value);
        ulong[] keys = _keys;
        for (int slot = Slot(key, keys.Length); keys[slot] != 0; slot = (slot + 1) & (keys.Length - 1))
        {
            if (keys[slot] == key)
            {
                return _nodes[slot];
            }
        }

        return -1;
    }

    /// <summary>The piece that ends at a node, or -1.</summary>
    public int PieceAt(int node) => _pieces[node];

    private static ulong Key(int node, byte value) => (((ulong)node << 8) | value) + 1;
    private static int Slot(ulong key, int size) => (int)((key * 0x9E3779B97F4A7C15) >> 33) & (size - 1);

    private int Insert(int node, byte value)
    {
        if (_count * 2 >= _keys.Length)
        {
            (ulong[] keys, int[] nodes) = (_keys, _nodes);
            (_keys, _nodes) = (new ulong[keys.Length * 2], new int[keys.Length * 2]);
            for (int i = 0; i < keys.Length; i++)
            {
                if (keys[i] != 0)
                {
                    Put(keys[i], nodes[i]);
                }
            }
        }

        int next = _pieces.Count;
        _pieces.Add(-1);
        _count++;
        Put(Key(node, value), next);
        return next;
    }

    private void Put(ulong key, int node)
    {
        int slot = Slot(key, _keys.Length);
        while (_keys[slot] != 0)
        {
            slot = (slot + 1) & (_keys.Length - 1);
        }

        (_keys[slot], _nodes[slot]) = (key, node);
    }
}
