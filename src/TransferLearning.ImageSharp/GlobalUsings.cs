global using System.Buffers.Binary;
global using System.Runtime.InteropServices;
